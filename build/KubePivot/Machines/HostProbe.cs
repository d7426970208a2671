using System.Net.Sockets;
using KubePivot.Commands;
using KubePivot.Configuration;

namespace KubePivot.Machines;

/// <summary>
/// Looks at this host for what a provider needs. Only files and sockets, no processes: the answer is needed before anything
/// else and must come within milliseconds.
/// </summary>
public sealed class HostProbe
{
    private const string KvmDevice = "/dev/kvm";

    private const string LibvirtSocket = "/run/libvirt/libvirt-sock";

    public ProviderProbe Probe(MachineProvider provider) => provider switch
    {
        MachineProvider.Virtualbox => Virtualbox(),
        MachineProvider.VmwareDesktop => VmwareDesktop(),
        MachineProvider.Parallels => Parallels(),
        MachineProvider.Libvirt => Libvirt(),
        MachineProvider.Hyperv => Hyperv(),
        MachineProvider.Lxc => Lxc(),
        MachineProvider.Existing => ProviderProbe.Usable,
        _ => throw new ArgumentOutOfRangeException(nameof(provider), provider, null),
    };

    private static ProviderProbe Virtualbox()
    {
        var installed = LocalCommand.Find("VBoxManage") != null
            || Environment.GetEnvironmentVariable("VBOX_MSI_INSTALL_PATH") is { } folder && File.Exists(Path.Combine(folder, "VBoxManage.exe"));
        return !installed ? new("install VirtualBox (VBoxManage is not there): https://www.virtualbox.org/wiki/Downloads")
            : OperatingSystem.IsLinux() && !File.Exists("/dev/vboxdrv") ? new("VirtualBox is installed, but its kernel module is not loaded (/dev/vboxdrv is missing): run /sbin/vboxconfig")
            : ProviderProbe.Usable;
    }

    private static ProviderProbe VmwareDesktop()
    {
        var program = LocalCommand.Find("vmrun") ?? (OperatingSystem.IsMacOS() ? "/Applications/VMware Fusion.app/Contents/Public/vmrun"
            : OperatingSystem.IsWindows() ? @"C:\Program Files (x86)\VMware\VMware Workstation\vmrun.exe" : "/usr/bin/vmrun");
        return !File.Exists(program) ? new("install VMware Workstation or Fusion, and the Vagrant VMware utility: https://developer.hashicorp.com/vagrant/docs/providers/vmware/installation")
            : NeedsPlugin("vagrant-vmware-desktop");
    }

    private static ProviderProbe Parallels() =>
        !OperatingSystem.IsMacOS() ? new("Parallels Desktop runs on macOS only")
        : LocalCommand.Find("prlctl") == null ? new("install Parallels Desktop Pro or Business (prlctl is not there)")
        : NeedsPlugin("vagrant-parallels");

    private static ProviderProbe Libvirt() =>
        !OperatingSystem.IsLinux() ? new("libvirt machines run on Linux only")
        : !File.Exists(KvmDevice) ? new($"{KvmDevice} is missing: turn on hardware virtualization (VT-x, AMD-V) in the firmware, or nested virtualization if this host is itself a machine")
        : !Answers(LibvirtSocket) ? new($"libvirtd does not answer on {LibvirtSocket}: install libvirt-daemon-system and start it, and be a member of group libvirt")
        : NeedsPlugin("vagrant-libvirt");

    private static ProviderProbe Hyperv() =>
        !OperatingSystem.IsWindows() ? new("Hyper-V runs on Windows only")
        : !File.Exists(Path.Combine(Environment.SystemDirectory, "vmms.exe")) ? new("turn on the Windows feature Hyper-V and start the build as administrator")
        : ProviderProbe.Usable;

    /// <summary>What is missing of LXC itself is installed by VagrantUp where apt can do it.</summary>
    private static ProviderProbe Lxc() =>
        !OperatingSystem.IsLinux() ? new("LXC containers run on Linux only")
        : !Environment.IsPrivilegedProcess ? new("LXC machines need the build to run as root")
        : !File.Exists("/sys/fs/cgroup/cgroup.controllers") && !Directory.Exists("/sys/fs/cgroup/devices") ? new("control groups are not mounted under /sys/fs/cgroup")
        : LocalCommand.Find("lxc-create") == null && LocalCommand.Find("apt-get") == null ? new("install lxc, vagrant and the Vagrant plugin vagrant-lxc (the build does that by itself on Debian and Ubuntu)")
        : ProviderProbe.Usable;

    private static ProviderProbe NeedsPlugin(string plugin) =>
        VagrantHome.HasPlugin(plugin) ? ProviderProbe.Usable : new($"run 'vagrant plugin install {plugin}'");

    private static bool Answers(string socketFile)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(socketFile));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
