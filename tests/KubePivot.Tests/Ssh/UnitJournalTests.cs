using KubePivot.Ssh;

namespace KubePivot.Tests.Ssh;

public class UnitJournalTests
{
    [Theory]
    [InlineData("""{"__CURSOR":"s=1;i=2","MESSAGE":"applied 17 objects"}""", "s=1;i=2", "applied 17 objects")]
    [InlineData("""{"__CURSOR":"s=1;i=2","MESSAGE":[104,105,255]}""", "s=1;i=2", "hi\uFFFD")]
    [InlineData("""{"__CURSOR":"s=1;i=2","MESSAGE":null}""", "s=1;i=2", "")]
    [InlineData("""{"__CURSOR":"s=1;i=2"}""", "s=1;i=2", "")]
    [InlineData("""{"__CURSOR":"s=1;i=2","MESSAGE":"\ud800"}""", null, """{"__CURSOR":"s=1;i=2","MESSAGE":"\ud800"}""")]
    [InlineData("-- No entries --", null, "-- No entries --")]
    public void A_journal_entry_gives_its_place_and_its_text(string line, string? cursor, string message) =>
        Assert.Equal((cursor, message), UnitJournal.Parse(line));
}
