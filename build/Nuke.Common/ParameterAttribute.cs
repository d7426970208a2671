using System.Reflection;
using Nuke.Common.ValueInjection;

namespace Nuke.Common;

/// <summary>Marks a field or property as set by an option, an environment variable or a parameters file.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property)]
public class ParameterAttribute(string description = null) : ValueInjectionAttributeBase
{
    public virtual string Description { get; } = description;

    /// <summary>Replaces the member's name.</summary>
    public string Name { get; set; }

    /// <summary>One character between the elements of a list.</summary>
    public string Separator { get; set; }

    /// <summary>Whether <c>--help</c> shows it.</summary>
    public virtual bool List { get; set; } = true;

    /// <summary>The value given for the member, or null.</summary>
    /// <exception cref="Exception">What was given cannot be converted.</exception>
    public override object GetValue(MemberInfo member, object instance) =>
        ParameterService.Instance.Get(ParameterService.NameOf(member), ParameterService.TypeOf(member), Separator?.FirstOrDefault());
}

/// <summary>Marks a parameter whose value must not be shown.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property | AttributeTargets.Parameter)]
public class SecretAttribute : Attribute;
