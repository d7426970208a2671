using Scriban;
using Scriban.Parsing;
using Scriban.Runtime;
using Scriban.Syntax;

namespace KubePivot.Assets;

/// <summary>A set of names in which asking for an unknown one is an error that lists the known ones; Scriban's own gives null.</summary>
/// <param name="title">What to call it in messages.</param>
internal sealed class StrictObject(string title) : ScriptObject
{
    public override bool TryGetValue(TemplateContext? context, SourceSpan span, string member, out object? value)
    {
        if (base.TryGetValue(context, span, member, out value))
        {
            return true;
        }

        // A variable that is not in this scope may be in another; a member that is not here is nowhere.
        return title == "the model"
            ? false
            : throw new ScriptRuntimeException(span, $"{title} has no '{member}'; it has {string.Join(", ", Keys.Order(StringComparer.Ordinal))}");
    }
}
