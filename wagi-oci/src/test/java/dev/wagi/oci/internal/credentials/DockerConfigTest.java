// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.credentials;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.Credentials;
import dev.wagi.oci.OciException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockerConfigTest {

    @TempDir
    Path directory;

    private static String auth(String pair) {
        return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
    }

    private static String entry(String key, String user) {
        return "\"" + key + "\":{\"auth\":\"" + auth(user + ":p") + "\"}";
    }

    private List<Credentials> find(String json, String registry, String repository) {
        return DockerConfig.parse("config.json", json.getBytes(StandardCharsets.UTF_8))
                .find(registry, repository, new CredentialHelper(directory, Duration.ofSeconds(20)));
    }

    /** A row: the key of an entry, and whether it matches the repository team/hello of the registry. */
    record Key(String key, String registry, boolean isFor) {}

    static List<Key> keys() {
        return List.of(
                new Key("example.org", "example.org", true),
                new Key("EXAMPLE.org", "example.org", true),
                new Key("https://example.org", "example.org", true),
                new Key("http://example.org/", "example.org", true),
                new Key("https://example.org/v1/", "example.org", true),
                new Key("https://example.org/v2/", "example.org", true),
                new Key("example.org/team", "example.org", true),
                new Key("example.org/team/hello", "example.org", true),
                new Key("example.org/team/hell", "example.org", false),
                new Key("example.org/other", "example.org", false),
                new Key("example.org:443", "example.org", true),
                new Key("https://Example.org.:0443/v1/", "example.org", true),
                new Key("example.org:80", "example.org", false),
                new Key("example.org:05000/team", "example.org:5000", true),
                new Key("[0:0:0:0:0:0:0:1]:443", "[::1]", true),
                new Key("127.0.0.1:5000", "127.0.0.1:5000", true),
                new Key("sub.example.org", "example.org", false),
                new Key("https://index.docker.io/v1/", "docker.io", true),
                new Key("index.docker.io", "docker.io", true),
                new Key("docker.io", "docker.io", true),
                new Key("registry-1.docker.io", "docker.io", true),
                new Key("docker.io/team", "docker.io", true));
    }

    @ParameterizedTest
    @MethodSource("keys")
    void find_matchesKeys(Key row) {
        assertThat(find("{\"auths\":{" + entry(row.key(), "me") + "}}", row.registry(), "team/hello"))
                .isEqualTo(row.isFor() ? List.of(Credentials.of("me", "p")) : List.of());
    }

    @Test
    void find_longestKeyWins() {
        String json = "{\"auths\":{" + entry("example.org", "all") + "," + entry("example.org/team", "team") + "}}";

        assertThat(find(json, "example.org", "team/hello")).containsExactly(Credentials.of("team", "p"));
        assertThat(find(json, "example.org", "hello")).containsExactly(Credentials.of("all", "p"));
    }

    /** A row: an entry, and its credentials. */
    record Entry(String json, List<Credentials> credentials) {}

    static List<Entry> entries() {
        return List.of(
                new Entry("{}", List.of()),
                new Entry("{\"auth\":\"\"}", List.of()),
                new Entry("{\"auth\":\"" + auth("me:a:b:c") + "\"}", List.of(Credentials.of("me", "a:b:c"))),
                new Entry("{\"auth\":\"" + auth("me:p\0\0") + "\"}", List.of(Credentials.of("me", "p"))),
                new Entry("{\"auth\":\"" + auth("me:").replace("=", "") + "\"}", List.of(Credentials.of("me", ""))),
                new Entry("{\"username\":\"me\",\"password\":\"p\"}", List.of(Credentials.of("me", "p"))),
                new Entry(
                        "{\"username\":\"x\",\"password\":\"y\",\"auth\":\"" + auth("me:p") + "\"}",
                        List.of(Credentials.of("me", "p"))),
                new Entry("{\"identitytoken\":\"t\"}", List.of(Credentials.identityToken("t"))),
                new Entry(
                        "{\"identitytoken\":\"t\",\"auth\":\"" + auth("me:") + "\"}",
                        List.of(Credentials.identityToken("me", "t"))),
                new Entry("{\"auth\":\"" + auth("<token>:t") + "\"}", List.of(Credentials.identityToken("t"))),
                new Entry(
                        "{\"registrytoken\":\"r\",\"identitytoken\":\"t\"}", List.of(Credentials.registryToken("r"))));
    }

    @ParameterizedTest
    @MethodSource("entries")
    void entry_isRead(Entry row) {
        assertThat(find("{\"auths\":{\"example.org\":" + row.json() + "}}", "example.org", "a"))
                .isEqualTo(row.credentials());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{\"auths\":{\"example.org\":{\"auth\":\"bm9jb2xvbg==\"}}}",
                "{\"auths\":{\"example.org\":{\"auth\":\"bWU6cAo=\"}}}",
                "{\"auths\":{\"example.org\":{\"registrytoken\":\"a b\"}}}",
                "{\"auths\":{\"example.org\":{\"auth\":\"s3cret\"}}",
                "{\"auths\": s3cret}"
            })
    void malformed_isToldWithoutSecrets(String json) {
        assertThatThrownBy(() -> find(json, "example.org", "a"))
                .isInstanceOf(OciException.BadCredentials.class)
                .hasMessageContaining("config.json")
                .hasMessageNotContainingAny("s3cret", "bm9jb2xvbg", "nocolon");
    }

    @Test
    void legacyForm_isRead() {
        assertThat(find("{" + entry("https://example.org/v1/", "me") + "}", "example.org", "a"))
                .containsExactly(Credentials.of("me", "p"));
    }

    // Helpers

    private void helper(String name, String script) throws Exception {
        Path file = directory.resolve("docker-credential-" + name);
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void helper_ofTheRegistry_goesBeforeTheOneForAll_andThatBeforeEntries() throws Exception {
        helper(
                "one",
                "read server; test \"$1\" = get && echo"
                        + " \"{\\\"Username\\\":\\\"$server\\\",\\\"Secret\\\":\\\"1\\\"}\"");
        helper("all", "read server; echo \"{\\\"Username\\\":\\\"<token>\\\",\\\"Secret\\\":\\\"$server\\\"}\"");
        String json = "{\"credsStore\":\"all\",\"credHelpers\":{\"https://example.org/\":\"one\"},\"auths\":{"
                + entry("example.org", "me") + "}}";

        assertThat(find(json, "example.org", "a")).containsExactly(Credentials.of("example.org", "1"));
        // The helper has it under the name with which the user logged in.
        assertThat(find("{\"credHelpers\":{\"Example.org.\":\"one\"}}", "example.org", "a"))
                .containsExactly(Credentials.of("Example.org.", "1"));
        assertThat(find(json, "docker.io", "a"))
                .containsExactly(Credentials.identityToken("https://index.docker.io/v1/"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "echo 'credentials not found in native keychain'; exit 1",
                "exit 3",
                "echo nonsense",
                "echo '{\"Username\":\"\",\"Secret\":\"\"}'",
                "head -c 100000 /dev/zero",
                "head -c 1000000 /dev/zero >&2; exit 1"
            })
    @DisabledOnOs(OS.WINDOWS)
    void helper_thatKnowsNothing_leavesItToTheEntries(String script) throws Exception {
        helper("all", script);

        assertThat(find("{\"credsStore\":\"all\",\"auths\":{" + entry("example.org", "me") + "}}", "example.org", "a"))
                .containsExactly(Credentials.of("me", "p"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"../all", "a/b", "a;b", "-x", "missing", "a b"})
    void helper_thatIsNone_isNotRun(String name) {
        assertThat(find(
                        "{\"credsStore\":\"" + name + "\",\"auths\":{" + entry("example.org", "me") + "}}",
                        "example.org",
                        "a"))
                .containsExactly(Credentials.of("me", "p"));
    }

    @Test
    @DisabledOnOs(OS.WINDOWS)
    void helper_thatDoesNotEnd_isGivenUp() throws Exception {
        helper("stuck", "exec tail -f /dev/null");

        assertThat(new CredentialHelper(directory, Duration.ofMillis(100)).get("stuck", "example.org"))
                .isEmpty();
    }

    // Files

    @Test
    void files_arePodmansBeforeDockers() throws Exception {
        Path podman =
                Files.createDirectories(directory.resolve("run/containers")).resolve("auth.json");
        Path docker = Files.createDirectories(directory.resolve("docker")).resolve("config.json");
        Path home = directory.resolve("home");
        Files.writeString(podman, "{\"auths\":{" + entry("example.org", "podman") + "}}");
        Files.writeString(docker, "{\"auths\":{" + entry("example.org", "docker") + "}}");
        Path named = Files.writeString(
                directory.resolve("named.json"), "{\"auths\":{" + entry("example.org", "named") + "}}");
        Map<String, String> environment = Map.of(
                "XDG_RUNTIME_DIR",
                directory.resolve("run").toString(),
                "DOCKER_CONFIG",
                docker.getParent().toString());

        assertThat(DockerFiles.standard(environment, home).credentials("example.org", "a"))
                .containsExactly(Credentials.of("podman", "p"), Credentials.of("docker", "p"));
        assertThat(DockerFiles.standard(
                                Map.of(
                                        "XDG_RUNTIME_DIR",
                                        directory.resolve("run").toString(),
                                        "REGISTRY_AUTH_FILE",
                                        named.toString()),
                                home)
                        .credentials("example.org", "a"))
                .containsExactly(Credentials.of("named", "p"));
        assertThat(DockerFiles.standard(Map.of(), home).credentials("example.org", "a"))
                .isEmpty();
        Files.createDirectories(home.resolve(".docker"));
        Files.copy(docker, home.resolve(".docker/config.json"));
        assertThat(DockerFiles.standard(Map.of(), home).credentials("example.org", "a"))
                .containsExactly(Credentials.of("docker", "p"));
    }

    @Test
    void home_variable_winsOverTheUserDatabase() {
        assertThat(DockerFiles.home(Map.of("HOME", directory.toString()))).isEqualTo(directory);
        assertThat(DockerFiles.home(Map.of())).isEqualTo(Path.of(System.getProperty("user.home")));
    }

    // Pull secrets

    /** A row: a key, an image, and whether the kubelet would use it. */
    record Secret(String key, String registry, String repository, boolean matches) {}

    static List<Secret> secrets() {
        return List.of(
                new Secret("example.org", "example.org", "a", true),
                new Secret("*.azurecr.io", "shop.azurecr.io", "a", true),
                new Secret("*.azurecr.io", "azurecr.io", "a", false),
                new Secret("*.azurecr.io", "a.shop.azurecr.io", "a", false),
                new Secret("*.*.azurecr.io", "a.shop.azurecr.io", "a", true),
                new Secret("shop-?.example.org", "shop-1.example.org", "a", true),
                new Secret("shop-?.example.org", "shop-11.example.org", "a", false),
                new Secret("*.example.org:5000", "a.example.org:5000", "a", true),
                new Secret("*.example.org", "a.example.org:5000", "a", false),
                new Secret("example.org/team", "example.org", "team/hello", true),
                new Secret("example.org/team", "example.org", "other/hello", false),
                new Secret("exampleXorg", "example.org", "a", false),
                new Secret("*".repeat(60) + ".org", "example.org", "a", true));
    }

    @ParameterizedTest
    @MethodSource("secrets")
    void pullSecret_matchesAsTheKubelet(Secret row) {
        assertThat(PullSecrets.matches(row.key(), row.registry(), row.repository()))
                .isEqualTo(row.matches());
    }

    @ParameterizedTest
    @CsvSource({
        "*.azurecr.io:443, shop.azurecr.io",
        "*.AzureCR.io.:0443, shop.azurecr.io",
        "https://*.azurecr.io:05000/v2/, shop.azurecr.io:5000",
        "registry-1.docker.io:443, docker.io",
    })
    void pullSecret_inAnySpelling_isFound(String key, String registry) {
        assertThat(PullSecrets.of(List.of("{\"auths\":{" + entry(key, "me") + "}}"))
                        .credentials(registry, "team/hello"))
                .containsExactly(Credentials.of("me", "p"));
    }

    @Test
    void pullSecrets_allThatMatch_longestFirst() {
        String first =
                "{\"auths\":{" + entry("*.azurecr.io", "glob") + "," + entry("shop.azurecr.io/team", "team") + "}}";
        String second = "{" + entry("https://shop.azurecr.io/v1/", "host") + "}";

        assertThat(PullSecrets.of(List.of(first, second)).credentials("shop.azurecr.io", "team/hello"))
                .containsExactly(Credentials.of("team", "p"), Credentials.of("host", "p"), Credentials.of("glob", "p"));
    }
}
