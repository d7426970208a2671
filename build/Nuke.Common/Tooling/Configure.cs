namespace Nuke.Common.Tooling
{
    public delegate T Configure<T>(T options);
}

namespace Nuke.Common.Utilities.Collections
{
    public static class DictionaryExtensions
    {
        /// <summary>Adds a pair and returns the dictionary, so that calls can be chained.</summary>
        public static Dictionary<TKey, TValue> AddPair<TKey, TValue>(this Dictionary<TKey, TValue> dictionary, TKey key, TValue value)
        {
            dictionary.Add(key, value);
            return dictionary;
        }
    }
}
