using Scriban;
using Scriban.Runtime;
using Scriban.Syntax;

namespace KubePivot.Assets;

/// <summary>A function of one text that templates can call, as in <c>{{ base64 (certificate "ca") }}</c>.</summary>
internal sealed class TemplateFunction(Func<TemplateContext, string, string> function) : IScriptCustomFunction
{
    private static readonly ScriptParameterInfo Parameter = new(typeof(string), "text");

    public int RequiredParameterCount => 1;

    public int ParameterCount => 1;

    public ScriptVarParamKind VarParamKind => ScriptVarParamKind.None;

    public Type ReturnType => typeof(string);

    public ScriptParameterInfo GetParameterInfo(int index) => Parameter;

    public object? Invoke(TemplateContext context, ScriptNode? callerContext, ScriptArray arguments, ScriptBlockStatement? blockStatement)
    {
        var text = context.ObjectToString(arguments[0]) ?? "";
        try
        {
            return function(context, text);
        }
        catch (Exception exception) when (exception is not ScriptRuntimeException)
        {
            throw new ScriptRuntimeException(callerContext?.Span ?? default, exception.Message, exception);
        }
    }

    public ValueTask<object?> InvokeAsync(TemplateContext context, ScriptNode? callerContext, ScriptArray arguments, ScriptBlockStatement? blockStatement) =>
        ValueTask.FromResult(Invoke(context, callerContext, arguments, blockStatement));
}
