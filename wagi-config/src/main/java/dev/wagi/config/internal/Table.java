// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.databind.JsonNode;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.Problems;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/** One table of a configuration. An error becomes a problem, and the value is then treated as absent. */
final class Table {
    private final String where;
    private final JsonNode node;
    private final Problems problems;

    Table(String where, JsonNode node, Problems problems) {
        this.where = where;
        this.node = node;
        this.problems = problems;
    }

    void problem(String key, String text) {
        problems.add(where + ", key '" + key + "'", text);
    }

    void text(String key, Consumer<String> use) {
        JsonNode value = node.path(key);
        if (value.isTextual()) {
            use.accept(value.textValue());
        } else if (!value.isMissingNode()) {
            problem(key, "is " + kind(value) + ", not a string; put it in quotes");
        }
    }

    void flag(String key, Consumer<Boolean> use) {
        JsonNode value = node.path(key);
        if (value.isBoolean()) {
            use.accept(value.booleanValue());
        } else if (!value.isMissingNode()) {
            problem(key, "is " + kind(value) + "; write true or false");
        }
    }

    void limit(LimitKey limit, Consumer<UnaryOperator<Limits>> use) {
        checked(limit.key(), value -> use.accept(limit.read(value)));
    }

    /**
     * Reads a value that is validated by the consumer.
     *
     * @param use throws {@link IllegalArgumentException} with a message that is written to follow the value
     */
    void checked(String key, Consumer<JsonNode> use) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return;
        }
        try {
            use.accept(value);
        } catch (IllegalArgumentException e) {
            problem(key, (value.isValueNode() ? value.toString() : kind(value)) + " " + e.getMessage());
        }
    }

    void texts(String key, Consumer<List<String>> use) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return;
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode item : value) {
            if (item.isTextual()) {
                texts.add(item.textValue());
            }
        }
        if (!value.isArray() || texts.size() != value.size()) {
            problem(key, "is not a list of strings; write for instance [\"a\", \"b\"]");
            return;
        }
        use.accept(texts);
    }

    /** Reads a boolean or a list of paths. */
    void localRedirects(ModuleSettings draft) {
        JsonNode value = node.path("local_redirects");
        if (value.isArray()) {
            texts("local_redirects", texts -> draft.localRedirects = texts);
        } else if (value.isBoolean()) {
            draft.localRedirects = value.booleanValue() ? null : List.of();
        } else if (!value.isMissingNode()) {
            problem(
                    "local_redirects",
                    "is " + kind(value) + "; write true, false or a list of paths such as [\"/shop/...\"]");
        }
    }

    /** Reads a list of strings, and of tables for hosts with {@code allow_private}. */
    void allowedHosts(ModuleSettings draft) {
        JsonNode value = node.path("allowed_hosts");
        List<String> allowed = new ArrayList<>();
        List<String> allowedPrivate = new ArrayList<>();
        boolean good = value.isArray() || value.isMissingNode();
        for (JsonNode item : value) {
            JsonNode flag = item.path("allow_private");
            if (item.isTextual()) {
                allowed.add(item.textValue());
            } else if (item.path("host").isTextual()
                    && (flag.isBoolean() || flag.isMissingNode())
                    && item.size() == (flag.isMissingNode() ? 1 : 2)) {
                (flag.booleanValue() ? allowedPrivate : allowed)
                        .add(item.path("host").textValue());
            } else {
                good = false;
            }
        }
        if (!good) {
            problem(
                    "allowed_hosts",
                    "is not a list of strings; write for instance [\"https://a.example\","
                            + " { host = \"http://10.0.0.7:8080\", allow_private = true }]");
        }
        draft.allowedHosts = allowed;
        draft.privateHosts = allowedPrivate;
    }

    private static String kind(JsonNode value) {
        return "a " + value.getNodeType().name().toLowerCase(Locale.ROOT);
    }

    /** Reports all unknown keys. */
    void checkKeys(Set<String> known) {
        node.fieldNames().forEachRemaining(key -> {
            if (known.contains(key)) {
                return;
            }
            problems.add(
                    where + ", key '" + key + "'",
                    Nearest.of(key, known)
                            .map(near -> "is unknown; did you mean '" + near + "'?")
                            .orElse("is unknown; known keys are " + String.join(", ", known)));
        });
    }
}
