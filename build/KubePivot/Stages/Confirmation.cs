namespace KubePivot.Stages;

/// <summary>A person's yes to something that cannot be taken back.</summary>
/// <param name="Yes">Given on the command line already.</param>
/// <param name="Ask">Asks at the terminal; null: there is none.</param>
public sealed record Confirmation(bool Yes, Func<string, bool>? Ask)
{
    /// <summary>Whether the answer is yes. Without a terminal it is no.</summary>
    /// <param name="question">For a person, with its question mark.</param>
    public bool IsGiven(string question) => Yes || Ask?.Invoke(question) == true;

    /// <summary>Goes on only with a yes.</summary>
    /// <param name="otherwise">What is not done without it, and what to do instead.</param>
    /// <exception cref="InvalidInputException">There is none; nothing was changed.</exception>
    public void ThrowUnlessGiven(string question, string otherwise)
    {
        if (!IsGiven(question))
        {
            throw new InvalidInputException(Ask == null
                ? $"{question} There is no terminal to ask at: say --yes if that is meant. Nothing was changed. {otherwise}".TrimEnd()
                : $"Not confirmed. Nothing was changed. {otherwise}".TrimEnd());
        }
    }
}
