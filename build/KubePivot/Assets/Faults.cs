using System.Runtime.ExceptionServices;

namespace KubePivot.Assets;

/// <summary>Parallel work throws its faults in a bag; a person wants the first.</summary>
internal static class Faults
{
    public static void Unwrapped(Action parallelWork)
    {
        try
        {
            parallelWork();
        }
        catch (AggregateException faults)
        {
            ExceptionDispatchInfo.Throw(faults.Flatten().InnerExceptions.OrderBy(fault => fault.Message, StringComparer.Ordinal).First());
        }
    }
}
