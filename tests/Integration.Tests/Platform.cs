// sshd, owners and modes: these tests are for Linux.
[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
