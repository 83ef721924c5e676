// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.credentials;

import dev.wagi.oci.CredentialSource;
import dev.wagi.oci.Credentials;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Matches Kubernetes pull secrets as the kubelet does: the port must be equal, the host must have the same number of
 * labels, each of which may contain wildcards, and the path must be a prefix. All secrets that match are tried, the
 * longest key first.
 *
 * <pre>
 * *.azurecr.io          matches   shop.azurecr.io/hello       not   a.shop.azurecr.io/hello, nor azurecr.io/hello
 * example.org/team      matches   example.org/team/hello      not   example.org/hello, nor example.org:5000/team/hello
 * </pre>
 */
public final class PullSecrets implements CredentialSource {

    private final List<Entry> entries;

    private PullSecrets(List<Entry> entries) {
        this.entries = List.copyOf(entries);
    }

    private record Entry(String key, DockerConfig config) {}

    /**
     * Parses secrets in the format of {@code .dockerconfigjson} or {@code .dockercfg}.
     *
     * @throws dev.wagi.oci.OciException.BadCredentials if one of them is not JSON
     */
    public static PullSecrets of(List<String> texts) {
        List<Entry> entries = new ArrayList<>();
        for (int i = 0; i < texts.size(); i++) {
            DockerConfig config =
                    DockerConfig.parse("pull secret " + (i + 1), texts.get(i).getBytes(StandardCharsets.UTF_8));
            config.keys().forEach(key -> entries.add(new Entry(key, config)));
        }
        entries.sort(Comparator.comparing((Entry entry) -> -entry.key().length())
                .thenComparing(Entry::key, Comparator.reverseOrder()));
        return new PullSecrets(entries);
    }

    @Override
    public List<Credentials> credentials(String registry, String repository) {
        Set<Credentials> found = new LinkedHashSet<>();
        for (Entry entry : entries) {
            if (matches(entry.key(), registry, repository)) {
                entry.config().entry(entry.key()).ifPresent(found::add);
            }
        }
        return List.copyOf(found);
    }

    static boolean matches(String key, String registry, String repository) {
        int slash = key.indexOf('/');
        String path = slash < 0 ? "" : key.substring(slash + 1);
        String[] pattern = hostAndPort(slash < 0 ? key : key.substring(0, slash));
        String[] name = hostAndPort(registry);
        String[] labels = pattern[0].split("\\.", -1);
        String[] parts = name[0].split("\\.", -1);
        if (!pattern[1].equals(name[1]) || labels.length != parts.length || !repository.startsWith(path)) {
            return false;
        }
        for (int i = 0; i < labels.length; i++) {
            if (!glob(labels[i]).matcher(parts[i]).matches()) {
                return false;
            }
        }
        return true;
    }

    private static String[] hostAndPort(String text) {
        int colon = text.endsWith("]") ? -1 : text.lastIndexOf(':');
        return colon < 0 ? new String[] {text, ""} : new String[] {text.substring(0, colon), text.substring(colon + 1)};
    }

    private static Pattern glob(String label) {
        StringBuilder pattern = new StringBuilder();
        // Consecutive asterisks mean the same as one and would only slow the match down.
        for (char c : label.replaceAll("\\*+", "*").toCharArray()) {
            pattern.append(
                    switch (c) {
                        case '*' -> ".*";
                        case '?' -> ".";
                        default -> Pattern.quote(String.valueOf(c));
                    });
        }
        return Pattern.compile(pattern.toString());
    }
}
