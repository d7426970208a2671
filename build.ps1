# Runs the build: ./build.ps1 --help
# It is compiled when one of its sources has changed since the last time; otherwise the compiled program starts straight away.
# The same as build.sh, for Windows.
[CmdletBinding()]
Param(
    [Parameter(Position = 0, Mandatory = $false, ValueFromRemainingArguments = $true)]
    [string[]] $BuildArguments
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

$env:DOTNET_CLI_TELEMETRY_OPTOUT = '1'
$env:DOTNET_NOLOGO = '1'
$env:DOTNET_CLI_USE_MSBUILD_SERVER = '0'
$env:NUKE_TELEMETRY_OPTOUT = '1'

$Root = $PSScriptRoot
$Temp = Join-Path $Root '.nuke/temp'
$Project = Join-Path $Root 'build/_build.csproj'
$Artifacts = Join-Path $Root 'build/artifacts'
$Current = Join-Path $Artifacts 'current' # the program's path below $Artifacts, and the sources it was made of
$Decision = Join-Path $Temp 'engine'      # which engine the feed allows: package or standin
$Native = Join-Path $Temp 'native'        # whether it allows native code ahead of time: yes or no

# A bundle brings the packages along, for networks without a feed: then nothing else is asked.
$Bundle = if ($env:BUNDLE) { $env:BUNDLE } else { Join-Path $Root 'bundle' }
for ($Index = 0; $Index + 1 -lt @($BuildArguments).Count; $Index++) {
    if ($BuildArguments[$Index] -eq '--bundle') { $Bundle = $BuildArguments[$Index + 1] }
}

if (Test-Path (Join-Path $Bundle 'nuget')) { $env:RestoreSources = (Resolve-Path (Join-Path $Bundle 'nuget')).Path }

function Say([string] $Text) { [Console]::Error.WriteLine($Text) }

function Read-Text([string] $File) { [IO.File]::ReadAllText($File).Trim() }

function Get-Engine {
    if ($env:NUKE_ENGINE) { $env:NUKE_ENGINE } elseif (Test-Path $Decision) { Read-Text $Decision } else { '' }
}

# One line for the engine, and one for each source: path, size, time of change.
function Get-Stamp {
    $Places = 'build', 'bootkube', 'Directory.Build.props', 'Directory.Packages.props', 'global.json' |
        ForEach-Object { Join-Path $Root $_ } | Where-Object { Test-Path $_ }
    $Lines = Get-ChildItem -Path $Places -Recurse -File |
        Where-Object { $_.FullName -notmatch '[\\/](bin|obj|artifacts)[\\/]' } |
        ForEach-Object { '{0} {1} {2}' -f $_.FullName.Substring($Root.Length + 1), $_.Length, $_.LastWriteTimeUtc.Ticks }
    (@("engine $(Get-Engine)") + @($Lines | Sort-Object)) -join "`n"
}

# The program, if there is one that was made of the present sources.
function Find-Program {
    if (!(Test-Path $Current)) { return $null }
    $Kept = [IO.File]::ReadAllText($Current)
    $Break = $Kept.IndexOf("`n")
    $Program = Join-Path $Artifacts $Kept.Substring(0, $Break)
    if ($Kept.Substring($Break + 1) -eq (Get-Stamp) -and (Test-Path $Program)) { $Program } else { $null }
}

function Test-Sdk([string] $Candidate) {
    Push-Location $Root
    try { & $Candidate --version 2>&1 | Out-Null; $LASTEXITCODE -eq 0 } catch { $false } finally { Pop-Location }
}

# One that has the SDK that global.json asks for; installs it if there is none.
function Find-Sdk {
    $Local = Join-Path $Temp 'dotnet-win/dotnet.exe'
    foreach ($Candidate in 'dotnet', $Local) {
        if ((Get-Command $Candidate -ErrorAction SilentlyContinue) -and (Test-Sdk $Candidate)) { return $Candidate }
    }

    Say "No .NET SDK here satisfies global.json; installing one to $(Split-Path $Local) (about 200 MB, once) ..."
    New-Item -ItemType Directory -Force -Path $Temp | Out-Null
    $Url = 'https://dot.net/v1/dotnet-install.ps1'
    try {
        [Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
        $Script = Join-Path $Temp 'dotnet-install.ps1'
        (New-Object System.Net.WebClient).DownloadFile($Url, $Script)
        & $Script -InstallDir (Split-Path $Local) -JSonFile (Join-Path $Root 'global.json') -NoPath | Out-Null
        if (Test-Sdk $Local) { return $Local }
    } catch { Say $_.Exception.Message }

    Say "The .NET SDK could not be installed: $Url cannot be reached, or it does not serve the version in global.json."
    Say 'Install the .NET 10 SDK (https://dotnet.microsoft.com/download), have it on PATH, and run this again.'
    exit 1
}

function Test-Restore([string[]] $Options) {
    & $Dotnet restore $Project --artifacts-path $Artifacts -p:Configuration=Release -nodeReuse:false -verbosity:quiet @Options 2>&1 | Out-Null
    $LASTEXITCODE -eq 0
}

# Decides what depends on the feed: the engine's package or the stand-in; native code or not. Once, for it takes seconds.
function Set-Decisions {
    if ($env:NUKE_ENGINE -and $env:NUKE_ENGINE -notin 'package', 'standin') {
        Say "NUKE_ENGINE '$env:NUKE_ENGINE': must be package or standin"
        exit 2
    }

    New-Item -ItemType Directory -Force -Path $Temp | Out-Null
    if (!(Get-Engine)) {
        if (Test-Restore '-p:NukeEngine=package') {
            Say 'Build engine: the package Nuke.Common (NUKE_ENGINE=standin takes the stand-in in build/Nuke.Common)'
            [IO.File]::WriteAllText($Decision, 'package')
        } else {
            Say 'Build engine: the stand-in in build/Nuke.Common, for the feed does not serve the package (NUKE_ENGINE=package insists)'
            [IO.File]::WriteAllText($Decision, 'standin')
        }
    }

    if (!(Test-Path $Native)) {
        $IsServed = Test-Restore "-p:NukeEngine=$(Get-Engine)", "-p:BuildRuntime=$Runtime", '-p:PublishReadyToRun=true'
        [IO.File]::WriteAllText($Native, $(if ($IsServed) { 'yes' } else { 'no' }))
    }
}

function New-Program {
    $script:Dotnet = Find-Sdk
    Set-Decisions
    $Made = Get-Stamp
    Say 'Compiling the build ...'
    $Folder = "run/$(Get-Date -Format 'yyyyMMdd-HHmmss')"
    $Options = @("-p:NukeEngine=$(Get-Engine)")
    if ((Read-Text $Native) -eq 'yes') { $Options += "-p:BuildRuntime=$Runtime", '-p:PublishReadyToRun=true' }
    & $Dotnet publish $Project -c Release --artifacts-path $Artifacts -nodeReuse:false -p:UseSharedCompilation=false -nologo -verbosity:quiet @Options -o (Join-Path $Artifacts $Folder) |
        ForEach-Object { Say $_ }
    if ($LASTEXITCODE -ne 0) {
        Say 'The build does not compile. If the feed has changed, delete .nuke/temp/engine and .nuke/temp/native, and try again.'
        exit 1
    }

    [IO.File]::WriteAllText($Current, "$Folder/_build.dll`n$Made")
    # Runs that go on keep their program: the last three stay.
    Get-ChildItem (Join-Path $Artifacts 'run') -Directory | Sort-Object Name | Select-Object -SkipLast 3 |
        Remove-Item -Recurse -Force -ErrorAction SilentlyContinue
    Join-Path $Artifacts "$Folder/_build.dll"
}

$Runtime = if ($env:PROCESSOR_ARCHITECTURE -eq 'ARM64') { 'win-arm64' } else { 'win-x64' }
$Dotnet = if (Get-Command dotnet -ErrorAction SilentlyContinue) { 'dotnet' } else { Join-Path $Temp 'dotnet-win/dotnet.exe' }
$Program = Find-Program
if (!$Program) {
    New-Item -ItemType Directory -Force -Path $Artifacts | Out-Null
    $Lock = New-Object System.Threading.Mutex($false, "kubepivot-$($Root.ToLowerInvariant() -replace '[\\/:]', '-')")
    try { $Lock.WaitOne() | Out-Null } catch [System.Threading.AbandonedMutexException] { }
    try { $Program = Find-Program; if (!$Program) { $Program = New-Program } } finally { $Lock.ReleaseMutex() }
}

# The engine looks for its root upwards from the working directory.
if (!"$(Get-Location)".StartsWith($Root) -and $BuildArguments -notcontains '--root') { $BuildArguments = @($BuildArguments | Where-Object { $_ }) + '--root', $Root }
& $Dotnet $Program @BuildArguments
exit $LASTEXITCODE
