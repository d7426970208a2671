using System.Reflection;
using System.Runtime.InteropServices;
using Bootkube;
using Bootkube.Checkpoint;
using KubePivot;

var journal = new Journal(Console.Out);
using var stop = new CancellationTokenSource();
var signal = "";
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, StopBy);
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, StopBy);
try
{
    var line = CommandLine.Parse(args);
    switch (line.Verb)
    {
        case Verb.Help:
            Console.WriteLine(CommandLine.Help);
            break;
        case Verb.Version:
            Console.WriteLine($"bootkube {typeof(CommandLine).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]}");
            break;
        case Verb.Start:
            await new StartCommand(line, journal, TimeProvider.System).RunAsync(stop.Token);
            break;
        case Verb.Checkpoint:
            await new CheckpointCommand(line, journal, TimeProvider.System).RunAsync(stop.Token);
            break;
        case Verb.CheckpointHealth:
            new Heartbeat(line.Checkpoint.Heartbeat, TimeProvider.System).Check();
            break;
        default:
            await new ApplyCommand(line, journal, TimeProvider.System).RunAsync(stop.Token);
            break;
    }

    return 0;
}
catch (InvalidInputException exception)
{
    new Journal(Console.Error).Tell($"error: {exception.Message}");
    return 2;
}
catch (OperationCanceledException) when (stop.IsCancellationRequested)
{
    new Journal(Console.Error).Tell($"Stopped by {signal}. Nothing was undone: run the same command again to go on.");
    return 1;
}
catch (Exception exception) when (exception is StageException or IOException or UnauthorizedAccessException)
{
    new Journal(Console.Error).Tell($"error: {exception.Message}");
    return 1;
}

void StopBy(PosixSignalContext context)
{
    context.Cancel = true;
    signal = context.Signal.ToString();
    stop.Cancel();
}
