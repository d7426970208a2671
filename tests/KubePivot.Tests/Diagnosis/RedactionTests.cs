using KubePivot.Diagnosis;

namespace KubePivot.Tests.Diagnosis;

public class RedactionTests
{
    [Theory]
    [InlineData("users:\n- name: a\n  user:\n    client-key-data: c2VjcmV0\n    token: abc.def\n", "users:\n- name: a\n  user:\n    client-key-data: ***\n    token: ***\n")]
    [InlineData("kind: Secret\ndata:\n  apiserver.key: c2VjcmV0\n  \"ca.crt\": c2VjcmV0\ntype: Opaque\n", "kind: Secret\ndata:\n  apiserver.key: ***\n  \"ca.crt\": ***\ntype: Opaque\n")]
    [InlineData("kind: Secret\nstringData:\n  config.yaml: |\n    a: 1\n    b: 2\nmetadata: { name: x }\n", "kind: Secret\nstringData:\n  config.yaml: |\n    a: ***\n    b: ***\nmetadata: { name: x }\n")]
    [InlineData("kind: Secret\nstringData:\n  words: |\n    correct horse\n", "kind: Secret\nstringData:\n  words: |\n***\n")]
    [InlineData("resources: [secrets]\nproviders:\n- aescbc:\n    keys:\n    - name: key1\n      secret: c2VjcmV0\n", "resources: [secrets]\nproviders:\n- aescbc:\n    keys:\n    - name: key1\n      secret: ***\n")]
    [InlineData("[host.auth]\n  auth = \"bm9kZXM6eA==\"\n", "[host.auth]\n  auth = ***\n")]
    [InlineData("    auth_pass k33p\n", "    auth_pass ***\n")]
    [InlineData("HTTPS_PROXY=http://me:pass@proxy.example:3128/\n", "HTTPS_PROXY=http://me:***@proxy.example:3128/\n")]
    public void What_is_secret_in_a_file_is_masked(string text, string shown) => Assert.Equal(shown, Redaction.Of(text));

    [Theory]
    [InlineData("kind: ConfigMap\ndata:\n  key: value\n")]
    [InlineData("kind: Secret\n---\nkind: ConfigMap\ndata:\n  key: value\n")]
    [InlineData("volumes:\n- name: secrets\n  secret:\n    secretName: kube-apiserver\n")]
    [InlineData("authentication:\n  anonymous:\n    enabled: false\nauthorization:\n  mode: Webhook\n")]
    [InlineData("initial-cluster-token: tds-3fa1\n")]
    [InlineData("2026-11-28T23:50:07Z I1128 authentication: token expired at https://127.0.0.1:6443/x\n")]
    public void All_else_stays_readable(string text) => Assert.Equal(text, Redaction.Of(text));

    [Fact]
    public void What_was_masked_is_told()
    {
        var masked = new List<string>();

        _ = Redaction.Of("kind: Secret\ndata:\n  a: Zmlyc3Q=\n---\npassword: second\n", masked.Add);

        Assert.Equal(["Zmlyc3Q=", "second"], masked);
    }
}
