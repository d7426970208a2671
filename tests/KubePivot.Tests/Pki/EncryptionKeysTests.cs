using KubePivot.Pki;

namespace KubePivot.Tests.Pki;

public class EncryptionKeysTests
{
    [Fact]
    public void A_new_cluster_writes_with_its_one_key_from_its_first_Secret_on()
    {
        var keys = EncryptionKeys.ForNewCluster();

        Assert.Equal((EncryptionPhase.Settled, 1), (keys.Phase, keys.Keys.Count));
        Assert.Equal(32, Convert.FromBase64String(keys.Write.Secret).Length);
        Assert.NotEqual(keys.Write, EncryptionKeys.ForNewCluster().Write);
    }

    [Fact]
    public void A_rotation_never_lets_a_server_write_what_another_one_cannot_read()
    {
        var keys = EncryptionKeys.ForNewCluster();
        var old = keys.Write.Name;
        var states = Rotation(keys);

        var next = states[0].Keys[1].Name;
        Assert.Equal([EncryptionPhase.Added, EncryptionPhase.Promoted, EncryptionPhase.Dropped, EncryptionPhase.Settled], states.Select(state => state.Phase));
        Assert.Equal([[old, next], [next, old], [next], [next]], states.Select(state => state.InUse.Select(key => key.Name)));
        Assert.Equal([old, next, next, next], states.Select(state => state.Write.Name));

        // Of two states that follow each other, each reads what the other one writes.
        foreach (var (one, other) in states.Prepend(keys).Zip(states))
        {
            Assert.Contains(one.Write.Name, other.InUse.Select(key => key.Name));
            Assert.Contains(other.Write.Name, one.InUse.Select(key => key.Name));
        }
    }

    [Fact]
    public void A_cluster_without_encryption_learns_to_read_with_its_key_before_it_writes_with_it()
    {
        var keys = EncryptionKeys.ForRunningCluster();
        Assert.True(keys.Write.IsIdentity);
        var key = Assert.Single(keys.InUse);

        var states = Rotation(keys);

        Assert.Equal([EncryptionPhase.Promoted, EncryptionPhase.Dropped, EncryptionPhase.Settled], states.Select(state => state.Phase));
        Assert.All(states, state => Assert.Equal(key.Name, state.Write.Name));
        Assert.Single(states[^1].Keys);
    }

    [Fact]
    public void Every_phase_is_read_as_it_was_written()
    {
        foreach (var keys in Rotation(EncryptionKeys.ForNewCluster()).Concat(Rotation(EncryptionKeys.ForRunningCluster())))
        {
            var read = EncryptionKeys.Parse(keys.ToText());
            Assert.Equal(keys.Keys, read.Keys);
            Assert.Equal(keys.Phase, read.Phase);
        }
    }

    [Fact]
    public void A_key_of_an_earlier_time_is_read_with_until_the_next_rotation()
    {
        var keys = EncryptionKeys.ForNewCluster();
        var earlier = EncryptionKey.Generate(EncryptionKeyRole.Dropped);

        var both = keys.WithPrevious([earlier, keys.Write]);

        Assert.Equal(EncryptionPhase.Promoted, both.Phase);
        Assert.Equal([keys.Write.Name, earlier.Name], both.InUse.Select(key => key.Name));
        Assert.Equal([keys.Write.Name], both.Next().Next().Keys.Select(key => key.Name));
    }

    [Theory]
    [InlineData("", "exactly one key to write with")]
    [InlineData("rubbish", "line 1 must begin with one of write, next, previous, dropped")]
    [InlineData("write identity\nwrite identity", "exactly one key to write with")]
    [InlineData("write identity\nprevious identity", "a key twice")]
    [InlineData("\n1 identity", "line 2 must begin with")]
    [InlineData("write key-0123456789abcdef", "line 1 holds no key of 32 bytes")]
    [InlineData("write key-0123456789abcdef c2hvcnQ=", "line 1 holds no key of 32 bytes")]
    [InlineData("write key-0123456789abcdef AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "that belongs to its name")]
    public void Anything_else_is_refused_with_its_line_and_without_its_content(string text, string flaw)
    {
        var refusal = Assert.Throws<FormatException>(() => EncryptionKeys.Parse(text));

        Assert.Contains(flaw, refusal.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AAAA", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void No_key_shows_in_words_for_people()
    {
        var key = EncryptionKeys.ForNewCluster().Write;

        Assert.Equal(key.Name, $"{key}");
    }

    private static List<EncryptionKeys> Rotation(EncryptionKeys keys)
    {
        var states = new List<EncryptionKeys>();
        do
        {
            keys = keys.Next();
            states.Add(keys);
        }
        while (keys.Phase != EncryptionPhase.Settled);

        return states;
    }
}
