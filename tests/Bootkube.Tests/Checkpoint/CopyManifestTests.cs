using System.Text.Json.Nodes;
using Bootkube.Api;
using Bootkube.Checkpoint;

namespace Bootkube.Tests.Checkpoint;

public sealed class CopyManifestTests
{
    private static readonly ObjectReference Keys = new(ObjectReference.Secret, "keys");

    private static readonly ObjectReference Settings = new(ObjectReference.ConfigMap, "settings");

    private static readonly Dictionary<ObjectReference, JsonNode> Objects = new()
    {
        [Keys] = JsonNode.Parse("""{ "data": { "tls.key": "a2V5", "tls.crt": "Y3J0" } }""")!,
        [Settings] = JsonNode.Parse("""{ "data": { "LEVEL": "3", "file.conf": "on" }, "binaryData": { "logo": "AQI=" } }""")!,
    };

    [Fact]
    public void A_copy_has_nothing_of_the_API_and_the_name_of_its_parent()
    {
        var copy = Parsed(Make());

        Assert.Equal("kube-apiserver-x7k2p", copy.Text("metadata", "name"));
        Assert.Equal("kube-apiserver-x7k2p", copy.Text("metadata", "annotations", Annotations.CopyOf));
        Assert.Null(copy.Text("metadata", "annotations", Annotations.Checkpoint));
        Assert.Equal(["apiVersion", "kind", "metadata", "spec"], copy.AsObject().Select(field => field.Key));
        Assert.Equal(["name", "namespace", "labels", "annotations"], copy["metadata"]!.AsObject().Select(field => field.Key));
        Assert.Equal("""{"k8s-app":"kube-apiserver"}""", copy.At("metadata", "labels")!.ToJsonString());
        foreach (var field in new[] { "serviceAccountName", "serviceAccount", "nodeName", "nodeSelector", "affinity", "schedulerName", "priority", "preemptionPolicy", "imagePullSecrets" })
        {
            Assert.Null(copy.At("spec", field));
        }

        Assert.False(copy.At("spec", "automountServiceAccountToken")!.GetValue<bool>());
        Assert.Equal("system-node-critical", copy.Text("spec", "priorityClassName"));
    }

    [Fact]
    public void Secrets_and_ConfigMaps_become_folders_of_the_node_named_by_their_content()
    {
        var made = Make();
        var volumes = Parsed(made).Items("spec", "volumes").ToDictionary(volume => volume.Text("name")!);

        Assert.Equal(["secrets", "settings", "scratch"], volumes.Keys);
        Assert.Matches("^/etc/kubernetes/checkpoint-secrets/kube-system/kube-apiserver-x7k2p/keys/[0-9a-f]{16}$", volumes["secrets"].Text("hostPath", "path"));
        Assert.Matches("^/etc/kubernetes/checkpoint-configmaps/kube-system/kube-apiserver-x7k2p/settings/[0-9a-f]{16}$", volumes["settings"].Text("hostPath", "path"));
        Assert.Equal(made.Folders.Select(folder => folder.Path), [volumes["secrets"].Text("hostPath", "path"), volumes["settings"].Text("hostPath", "path")]);
        Assert.Equal("key", System.Text.Encoding.UTF8.GetString(made.Folders[0].Files["tls.key"]));
        Assert.Equal(["conf.d/on"], made.Folders[1].Files.Keys);
        Assert.Equal(65534, made.Folders[0].Owner);

        var other = new Dictionary<ObjectReference, JsonNode>(Objects) { [Keys] = JsonNode.Parse("""{ "data": { "tls.key": "bmV3", "tls.crt": "Y3J0" } }""")! };
        Assert.NotEqual(made.Folders[0].Path, CopyManifest.Make(Pod(), other).Folders[0].Path);
        Assert.Equal(made.Text, Make().Text);
    }

    [Theory]
    [InlineData("""{ "name": "token", "secret": { "secretName": "default-token-abcde" } }""")]
    [InlineData("""{ "name": "token", "projected": { "sources": [{ "serviceAccountToken": { "path": "token" } }] } }""")]
    public void The_token_of_the_service_account_is_left_out_with_its_mount(string volume)
    {
        var pod = Pod();
        pod["spec"]!["volumes"]!.AsArray().Add(JsonNode.Parse(volume));
        pod["spec"]!["containers"]![0]!["volumeMounts"]!.AsArray().Add(JsonNode.Parse("""{ "name": "token", "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount" }"""));

        var copy = Parsed(CopyManifest.Make(pod, Objects));

        Assert.DoesNotContain("token", copy.Items("spec", "volumes").Select(item => item.Text("name")));
        Assert.DoesNotContain("token", copy.Items("spec", "containers").First().Items("volumeMounts").Select(item => item.Text("name")));
        Assert.Equal([Keys, Settings], ObjectReference.Of(pod).OrderBy(reference => reference.Name));
    }

    [Fact]
    public void The_copy_listens_on_the_port_that_its_parent_gives_it_and_so_do_its_probes()
    {
        var container = Parsed(Make()).Items("spec", "containers").First();

        Assert.Equal(["kube-apiserver", "--secure-port=6444", "--profiling=false", "--endpoint-reconciler-type=none"], container.Items("command").Select(item => item.GetValue<string>()));
        Assert.Equal(6444, container.Number("readinessProbe", "httpGet", "port"));
        Assert.Equal(6444, container.Number("livenessProbe", "httpGet", "port"));
    }

    [Fact]
    public void What_the_environment_has_of_ConfigMaps_and_of_the_node_is_written_out()
    {
        var variables = Parsed(Make()).Items("spec", "containers").First().Items("env").ToDictionary(item => item.Text("name")!);

        Assert.Equal(["APP_LEVEL", "APP_file.conf", "APP_logo", "POD_IP", "NODE", "LEVEL", "NAME"], variables.Keys);
        Assert.Equal("10.0.0.1", variables["POD_IP"].Text("value"));
        Assert.Equal("master01", variables["NODE"].Text("value"));
        Assert.Equal("3", variables["LEVEL"].Text("value"));
        Assert.Equal("metadata.name", variables["NAME"].Text("valueFrom", "fieldRef", "fieldPath"));
        Assert.Null(Parsed(Make()).Items("spec", "containers").First().At("envFrom"));
    }

    public static TheoryData<string, string> Refused { get; } = new()
    {
        { """{ "containers": [{ "name": "c", "env": [{ "name": "PASSWORD", "valueFrom": { "secretKeyRef": { "name": "keys", "key": "tls.key" } } }] }] }""", "container c has variable PASSWORD of Secret keys" },
        { """{ "containers": [{ "name": "c", "envFrom": [{ "secretRef": { "name": "keys" } }] }] }""", "container c has environment variables of Secret keys" },
        { """{ "containers": [{ "name": "c" }], "volumes": [{ "name": "data", "persistentVolumeClaim": { "claimName": "x" } }] }""", "volume data is of kind persistentVolumeClaim" },
        { """{ "containers": [{ "name": "c" }], "volumes": [{ "name": "mix", "projected": { "sources": [] } }] }""", "volume mix is of kind projected" },
        { """{ "containers": [{ "name": "c" }], "volumes": [{ "name": "s", "secret": { "secretName": "absent" } }] }""", "Secret absent is not there" },
        { """{ "containers": [{ "name": "c" }], "volumes": [{ "name": "s", "secret": { "secretName": "keys", "items": [{ "key": "no", "path": "no" }] } }] }""", "Secret keys has no key no" },
        { """{ "containers": [{ "name": "c" }], "volumes": [{ "name": "s", "secret": { "secretName": "keys", "items": [{ "key": "tls.key", "path": "../x" }] } }] }""", "item path ../x leaves its volume" },
        { """{ "containers": [{ "name": "c" }], "runtimeClassName": "kata" }""", "spec.runtimeClassName names an object of the API" },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public void What_a_static_pod_cannot_have_is_refused_by_name(string spec, string words)
    {
        var pod = new JsonObject { ["metadata"] = new JsonObject { ["name"] = "p", ["namespace"] = "n" }, ["spec"] = JsonNode.Parse(spec) };

        Assert.StartsWith(words, Assert.Throws<RefusedException>(() => CopyManifest.Make(pod, Objects)).Message);
    }

    [Fact]
    public void The_pods_of_a_workload_have_one_copy_over_all_revisions()
    {
        Assert.Equal(new("kube-system", "kube-apiserver"), CopyKey.Of(Pod()));
        Assert.Equal(new("kube-system", "kube-scheduler"), CopyKey.Of(JsonNode.Parse("""
            { "metadata": { "name": "kube-scheduler-5d4f-abcde", "namespace": "kube-system", "labels": { "pod-template-hash": "5d4f" },
              "ownerReferences": [{ "kind": "ReplicaSet", "name": "kube-scheduler-5d4f", "controller": true }] } }
            """)!));
        Assert.Equal(new("default", "alone"), CopyKey.Of(JsonNode.Parse("""{ "metadata": { "name": "alone", "namespace": "default" } }""")!));
        Assert.Equal(new("kube-system", "kube-apiserver"), CopyKey.OfFile("kube-system_kube-apiserver.json"));
        Assert.Null(CopyKey.OfFile("bootstrap-apiserver.yaml"));
    }

    private static CopyManifest Make() => CopyManifest.Make(Pod(), Objects);

    private static JsonNode Parsed(CopyManifest copy) => JsonNode.Parse(copy.Text)!;

    private static JsonNode Pod() => JsonNode.Parse("""
        {
          "apiVersion": "v1", "kind": "Pod",
          "metadata": {
            "name": "kube-apiserver-x7k2p", "generateName": "kube-apiserver-", "namespace": "kube-system", "uid": "u", "resourceVersion": "1",
            "labels": { "k8s-app": "kube-apiserver", "controller-revision-hash": "1", "pod-template-generation": "1" },
            "annotations": { "checkpointer.alpha.coreos.com/checkpoint": "true", "checkpointer.kubepivot.local/arguments": "--secure-port=6444 --endpoint-reconciler-type=none" },
            "ownerReferences": [{ "kind": "DaemonSet", "name": "kube-apiserver", "controller": true }]
          },
          "spec": {
            "hostNetwork": true, "nodeName": "master01", "nodeSelector": { "a": "b" }, "affinity": {}, "schedulerName": "default-scheduler", "priority": 2000001000,
            "preemptionPolicy": "PreemptLowerPriority", "priorityClassName": "system-node-critical", "serviceAccount": "default", "serviceAccountName": "default",
            "imagePullSecrets": [{ "name": "pull" }], "securityContext": { "runAsUser": 65534 },
            "containers": [{
              "name": "kube-apiserver", "image": "test/kube-apiserver:1",
              "command": ["kube-apiserver", "--secure-port=6443", "--profiling=false"],
              "envFrom": [{ "prefix": "APP_", "configMapRef": { "name": "settings" } }],
              "env": [
                { "name": "POD_IP", "valueFrom": { "fieldRef": { "fieldPath": "status.podIP" } } },
                { "name": "NODE", "valueFrom": { "fieldRef": { "fieldPath": "spec.nodeName" } } },
                { "name": "LEVEL", "valueFrom": { "configMapKeyRef": { "name": "settings", "key": "LEVEL" } } },
                { "name": "NAME", "valueFrom": { "fieldRef": { "fieldPath": "metadata.name" } } }
              ],
              "readinessProbe": { "httpGet": { "host": "127.0.0.1", "port": 6443, "path": "/readyz" } },
              "livenessProbe": { "httpGet": { "host": "127.0.0.1", "port": 6443, "path": "/livez" } },
              "volumeMounts": [{ "name": "secrets", "mountPath": "/secrets" }, { "name": "settings", "mountPath": "/settings" }]
            }],
            "volumes": [
              { "name": "secrets", "secret": { "secretName": "keys", "defaultMode": 256 } },
              { "name": "settings", "configMap": { "name": "settings", "items": [{ "key": "file.conf", "path": "conf.d/on" }] } },
              { "name": "scratch", "emptyDir": {} }
            ]
          },
          "status": { "phase": "Running", "podIP": "10.0.0.1", "podIPs": [{ "ip": "10.0.0.1" }], "hostIP": "10.0.0.1" }
        }
        """)!;
}
