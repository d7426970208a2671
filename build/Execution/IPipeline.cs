using KubePivot.Resuming;
using Nuke.Common.Execution;

namespace KubePivot.Execution;

/// <summary>What the extensions of the build ask of the build class.</summary>
internal interface IPipeline
{
    ClusterPaths Paths { get; }

    MarkerStore Markers { get; }

    /// <summary>What the markers' fingerprints are taken of.</summary>
    /// <exception cref="InvalidInputException">The cluster's description is not valid.</exception>
    TargetInputs Inputs { get; }

    /// <summary>Whether standard output is for a program to read: one JSON document and nothing else.</summary>
    bool PrintsJson { get; }

    /// <summary>Reads the cluster's description and the parameters that no stage of this run may find invalid later.</summary>
    /// <exception cref="InvalidInputException">With what is wrong.</exception>
    void CheckInput();

    /// <summary>Steps of this run.</summary>
    Timeline Timeline { get; }

    /// <summary>Whether <c>--force</c> means this target: it was named, or the whole pipeline runs.</summary>
    bool IsForced(ExecutableTarget target);

    /// <summary>The command to run when a target has failed, which gathers what the machines know; null: there is nothing to gather, or it is about others.</summary>
    string? DiagnosisOf(ExecutableTarget target);
}
