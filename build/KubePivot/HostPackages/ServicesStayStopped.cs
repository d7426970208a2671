namespace KubePivot.HostPackages;

/// <summary>While it lives, packages that are installed do not start their services (invoke-rc.d(8), policy-rc.d).</summary>
internal sealed class ServicesStayStopped : IDisposable
{
    private const string Policy = "/usr/sbin/policy-rc.d";

    private readonly bool isOurs = !File.Exists(Policy);

    public ServicesStayStopped()
    {
        if (isOurs)
        {
            // 101: action forbidden by policy.
            File.WriteAllText(Policy, "#!/bin/sh\nexit 101\n");
            if (!OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(Policy, (UnixFileMode)0b111_101_101);
            }
        }
    }

    public void Dispose()
    {
        if (isOurs)
        {
            File.Delete(Policy);
        }
    }
}
