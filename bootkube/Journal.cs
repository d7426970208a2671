namespace Bootkube;

/// <summary>Tells people what happens: one line of the journal each, with the program's name. Never given a secret. Thread-safe.</summary>
internal sealed class Journal(TextWriter output)
{
    private readonly Lock gate = new();

    /// <summary>Tells something; each of its lines gets the prefix.</summary>
    public void Tell(string text)
    {
        lock (gate)
        {
            foreach (var line in text.Split('\n'))
            {
                output.WriteLine($"[bootkube] {line.TrimEnd()}");
            }

            output.Flush();
        }
    }
}
