using KubePivot.Commands;

namespace KubePivot.Integration.Tests.Pki;

/// <summary>The independent judge: another implementation than the ones that issue and read certificates.</summary>
internal static class OpenSsl
{
    /// <summary>Why tests that need it cannot run here; null if they can.</summary>
    public static string? Unavailable => LocalCommand.Find("openssl") == null ? "There is no openssl on the PATH (Debian: apt-get install openssl)." : null;

    /// <summary>Runs a command of OpenSSL, whatever its exit code.</summary>
    public static Task<CommandResult> TryAsync(params string[] arguments) =>
        LocalCommand.RunAsync("openssl", arguments, cancellationToken: TestContext.Current.CancellationToken);

    /// <summary>Runs a command that must succeed; its output.</summary>
    public static async Task<string> RunAsync(params string[] arguments) => (await TryAsync(arguments)).ThrowOnFailure().StandardOutput;

    /// <summary>Whether a chain verifies, by RFC 5280 to the letter, for a purpose.</summary>
    /// <param name="more">Further conditions, as in <c>-verify_hostname kubernetes</c>.</param>
    public static async Task<bool> VerifiesAsync(string authorityFile, string certificateFile, string purpose, params string[] more) =>
        (await TryAsync(["verify", "-x509_strict", "-no-CApath", "-no-CAstore", "-CAfile", authorityFile, "-purpose", purpose, .. more, certificateFile])).Succeeded;
}
