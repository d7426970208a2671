using KubePivot.Stages;

namespace KubePivot.Tests.Stages;

public sealed class LiveLinesTests : IDisposable
{
    private readonly StringWriter terminal = new();

    public void Dispose() => terminal.Dispose();

    [Fact]
    public void Lines_take_the_place_of_those_before()
    {
        var live = new LiveLines(terminal, () => (80, 24));

        live.Draw(["one", "two"]);
        live.Draw(["three"]);
        live.Erase();
        live.Erase();

        Assert.Equal("one\ntwo\n\u001b[2A\u001b[Jthree\n\u001b[1A\u001b[J", terminal.ToString());
    }

    [Fact]
    public void What_does_not_fit_is_cut_so_that_it_can_be_erased()
    {
        var live = new LiveLines(terminal, () => (5, 4));

        live.Draw(["abcde", "abcd", "x", "y", "z"]);

        Assert.Equal("abcd\nabcd\n… an\n", terminal.ToString());
    }
}
