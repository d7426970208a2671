/// <summary>Two builds in one program: <c>SAMPLE=second</c> runs the one with the odd targets.</summary>
internal static class Program
{
    public static int Main() => Environment.GetEnvironmentVariable("SAMPLE") == "second" ? SecondBuild.Run() : Build.Run();
}
