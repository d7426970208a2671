using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using KubePivot.Stages;
using KubePivot.Waiting;

namespace KubePivot.Images;

/// <summary>
/// Downloads a file whose checksum is known. An interrupted download goes on where it ended (RFC 9110, range requests), in this run
/// and in the next; the file is there under its name only when it is whole and right.
/// </summary>
/// <param name="client">The proxy is the one of the environment (HTTPS_PROXY, NO_PROXY), as .NET does.</param>
public sealed class Download(HttpClient client, IStageReporter reporter, TimeProvider clock)
{
    /// <summary>A server that breaks off more often in a row, without a byte in between, is not coming back soon.</summary>
    private const int TriesWithoutProgress = 4;

    private static readonly TimeSpan Progress = TimeSpan.FromSeconds(5);

    /// <summary>Without a byte for so long, a connection counts as broken.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(30);

    /// <summary>Makes the file be there. If it is, and right, nothing is asked of the server.</summary>
    /// <param name="sha256">What it must hash to, lower-case hexadecimal.</param>
    /// <exception cref="StageException">The server does not have it, cannot be reached, breaks off again and again, or gives another file.</exception>
    public async Task<string> FileAsync(Uri address, string sha256, string file, CancellationToken cancellationToken)
    {
        if (File.Exists(file) && Checksums.Hash(file) == sha256)
        {
            return file;
        }

        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        var partial = $"{file}.partial";
        var resumed = File.Exists(partial);
        await FillAsync(address, partial, cancellationToken).ConfigureAwait(false);
        if (resumed && Checksums.Hash(partial) != sha256)
        {
            reporter.Warning($"{address}: what an earlier download left does not fit; downloading all of it again");
            File.Delete(partial);
            await FillAsync(address, partial, cancellationToken).ConfigureAwait(false);
        }

        var found = Checksums.Hash(partial);
        if (found != sha256)
        {
            File.Delete(partial);
            throw new StageException($"{address}: the file that was downloaded is not the published one: its SHA-256 is {found}, expected {sha256}. It was thrown away. If the server is a mirror, it may be out of date; run this again, or use another one.");
        }

        File.Move(partial, file, overwrite: true);
        return file;
    }

    /// <summary>A small text, as a published checksum; at most 1 MiB.</summary>
    /// <exception cref="StageException">The server does not have it or cannot be reached.</exception>
    public async Task<string> TextAsync(Uri address, CancellationToken cancellationToken)
    {
        try
        {
            using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            bound.CancelAfter(Silence);
            using var response = await client.GetAsync(address, bound.Token).ConfigureAwait(false);
            ThrowUnlessFound(address, response.StatusCode);
            return await response.Content.ReadAsStringAsync(bound.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (IsBroken(exception, cancellationToken))
        {
            throw new StageException(Unreachable(address, exception), exception);
        }
    }

    /// <summary>Brings a partial file to the length that the server says the whole one has.</summary>
    private async Task FillAsync(Uri address, string partial, CancellationToken cancellationToken)
    {
        for (var tries = 1; ; tries++)
        {
            var before = Length(partial);
            try
            {
                await RequestAsync(address, partial, before, cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (Exception exception) when (IsBroken(exception, cancellationToken))
            {
                var after = Length(partial);
                tries = after > before ? 0 : tries;
                if (tries >= TriesWithoutProgress)
                {
                    throw new StageException($"{Unreachable(address, exception)} {Mebibytes(after)} of it are kept; running this again goes on there.", exception);
                }

                reporter.Info($"{address}: {exception.Message} Going on after {Mebibytes(after)}");
                await Task.Delay(TimeSpan.FromSeconds(tries), clock, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private async Task RequestAsync(Uri address, string partial, long have, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Range = have > 0 ? new RangeHeaderValue(have, null) : null;
        using var bound = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bound.CancelAfter(Silence);
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, bound.Token).ConfigureAwait(false);
        if (have > 0 && response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // All of it is there already, or more: the checksum will tell.
            return;
        }

        ThrowUnlessFound(address, response.StatusCode);
        var goesOn = response.StatusCode == HttpStatusCode.PartialContent;
        var whole = (goesOn ? have : 0) + response.Content.Headers.ContentLength;
        var source = await response.Content.ReadAsStreamAsync(bound.Token).ConfigureAwait(false);
        await using var target = new FileStream(partial, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write);
        await CopyAsync(address, source, target, whole, bound, cancellationToken).ConfigureAwait(false);
        if (whole != null && target.Position < whole)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, $"The connection ended after {Mebibytes(target.Position)} of {Mebibytes(whole.Value)}.");
        }
    }

    private async Task CopyAsync(Uri address, Stream source, FileStream target, long? whole, CancellationTokenSource silence, CancellationToken cancellationToken)
    {
        var buffer = new byte[128 * 1024];
        var (started, told) = (clock.GetTimestamp(), clock.GetTimestamp());
        var first = target.Position;
        for (int read; (read = await source.ReadAsync(buffer, silence.Token).ConfigureAwait(false)) > 0;)
        {
            Write(target, buffer.AsSpan(0, read));
            silence.CancelAfter(Silence);
            if (clock.GetElapsedTime(told) >= Progress)
            {
                told = clock.GetTimestamp();
                var rest = whole == null ? "" : $" of {Mebibytes(whole.Value)}, about {Wait.Words((whole.Value - target.Position) * clock.GetElapsedTime(started) / (target.Position - first))} more";
                reporter.Info($"{Path.GetFileName(address.LocalPath)}: {Mebibytes(target.Position)}{rest}");
            }
        }
    }

    /// <summary>A full disk is no fault of the server's, and asking that again does not help.</summary>
    private static void Write(FileStream target, ReadOnlySpan<byte> content)
    {
        try
        {
            target.Write(content);
        }
        catch (IOException exception)
        {
            throw new StageException($"{target.Name} could not be written: {exception.Message} What was downloaded so far is kept; make room, and run this again.", exception);
        }
    }

    /// <summary>A refusal is an answer: asking again does not help.</summary>
    private static void ThrowUnlessFound(Uri address, HttpStatusCode status)
    {
        if (status is HttpStatusCode.OK or HttpStatusCode.PartialContent)
        {
            return;
        }

        if ((int)status >= 500)
        {
            throw new HttpRequestException($"The server answers {(int)status} {status}.", null, status);
        }

        throw new StageException(status == HttpStatusCode.NotFound
            ? $"{address} does not exist (404). Is the version one that was released, and is the mirror complete?"
            : $"{address}: the server answers {(int)status} {status}.");
    }

    private static bool IsBroken(Exception exception, CancellationToken cancellationToken) =>
        exception is HttpRequestException or IOException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private static string Unreachable(Uri address, Exception exception) =>
        $"{address} could not be downloaded: {(exception is OperationCanceledException ? $"nothing came for {Silence.TotalSeconds:0} s." : exception.Message)} Is there a way to it from this machine (HTTPS_PROXY)? Does cluster.yaml name the right mirror?";

    private static long Length(string file) => File.Exists(file) ? new FileInfo(file).Length : 0;

    private static string Mebibytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576.0:0.0} MiB");
}
