// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import dev.wagi.config.internal.Nearest;
import dev.wagi.core.internal.sandbox.Escape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/** An object in a manifest, with its location. An error becomes a problem, and the value is then treated as absent. */
final class Section {

    private final String place;
    private final JsonNode node;
    private final Findings findings;

    Section(String place, JsonNode node, Findings findings) {
        this.place = place;
        this.node = node;
        this.findings = findings;
    }

    /** Returns the location for messages, for instance {@code wasi.yaml, document 1, Pod demo, container hello}. */
    String place() {
        return place;
    }

    JsonNode node() {
        return node;
    }

    Findings findings() {
        return findings;
    }

    /** Returns the same object with a more precise location. */
    Section at(String better) {
        return new Section(better, node, findings);
    }

    void problem(String key, String text) {
        findings.problem(place + ", key '" + Escape.text(key) + "'", text);
    }

    void warn(String text) {
        findings.warn(place, text);
    }

    /** Whether a field has an effective value: {@code false}, null, and empty strings and objects do not count. */
    boolean asks(String key) {
        JsonNode value = node.path(key);
        return !(value.isMissingNode()
                || value.isNull()
                || value.isContainerNode() && value.isEmpty()
                || value.isTextual() && value.textValue().isEmpty()
                || value.isBoolean() && !value.booleanValue());
    }

    /** Reports all fields that are unknown or not supported. */
    void check(Fields fields) {
        node.fieldNames().forEachRemaining(key -> {
            if (!fields.names().contains(key)) {
                problem(
                        key,
                        Nearest.of(key, fields.names())
                                .map(near -> "is unknown; did you mean '" + near + "'?")
                                .orElse("is unknown here; known fields are " + String.join(", ", fields.names())));
            } else if (asks(key) && fields.use(key) == Fields.Use.REFUSED) {
                problem(key, "cannot be honoured without a cluster; remove it, or provide the same by other means");
            } else if (asks(key) && fields.use(key) == Fields.Use.REPORTED) {
                warn(key + " is not honoured without a cluster");
            }
        });
    }

    Optional<String> text(String key) {
        JsonNode value = node.path(key);
        if (value.isTextual()) {
            return Optional.of(value.textValue());
        }
        wrong(key, value, ", not a string; put it in quotes");
        return Optional.empty();
    }

    /** Reads a required string. */
    Optional<String> required(String key) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()
                || value.isNull()
                || value.isTextual() && value.textValue().isEmpty()) {
            findings.problem(place, "the key '" + key + "' is missing; Kubernetes requires it");
            return Optional.empty();
        }
        return text(key);
    }

    boolean flag(String key) {
        JsonNode value = node.path(key);
        if (!value.isBoolean()) {
            wrong(key, value, "; write true or false");
        }
        return value.booleanValue();
    }

    OptionalLong number(String key) {
        JsonNode value = node.path(key);
        if (value.isIntegralNumber() && value.canConvertToLong()) {
            return OptionalLong.of(value.longValue());
        }
        wrong(key, value, ", not a whole number");
        return OptionalLong.empty();
    }

    /** Reads a number of bytes in the format of Kubernetes quantities. */
    OptionalLong quantity(String key) {
        JsonNode value = node.path(key);
        if (value.isTextual() || value.isNumber()) {
            try {
                return OptionalLong.of(Quantity.bytes(value.asText()));
            } catch (IllegalArgumentException e) {
                problem(key, Escape.forLog(value.asText()) + " " + e.getMessage());
                return OptionalLong.empty();
            }
        }
        wrong(key, value, "; write for instance \"128Mi\"");
        return OptionalLong.empty();
    }

    List<String> texts(String key) {
        JsonNode value = node.path(key);
        List<String> texts = new ArrayList<>();
        for (JsonNode item : value) {
            if (item.isTextual()) {
                texts.add(item.textValue());
            }
        }
        if (value.isMissingNode() || value.isNull() || value.isArray() && texts.size() == value.size()) {
            return texts;
        }
        problem(key, "is not a list of strings; put each in quotes");
        return List.of();
    }

    /** Reads an object whose values are strings. */
    Map<String, String> table(String key) {
        Map<String, String> table = new LinkedHashMap<>();
        section(key, place + ", " + key)
                .ifPresent(section -> section.node
                        .fieldNames()
                        .forEachRemaining(name -> section.text(name).ifPresent(text -> table.put(name, text))));
        return table;
    }

    /** Reads an object; returns an empty one if it is absent. */
    Section section(String key) {
        return section(key, place).orElseGet(() -> new Section(place, JsonNodeFactory.instance.objectNode(), findings));
    }

    /** Reads an object, if it is present. */
    Optional<Section> section(String key, String where) {
        JsonNode value = node.path(key);
        if (value.isObject()) {
            return Optional.of(new Section(where, value, findings));
        }
        wrong(key, value, ", not an object");
        return Optional.empty();
    }

    /**
     * Reads the objects of a list.
     *
     * @param name returns the name of an object for its location, for instance {@code container hello}; its number is
     *     used if the name is empty
     */
    List<Section> sections(String key, String kind, Function<JsonNode, JsonNode> name) {
        JsonNode value = node.path(key);
        if (!value.isArray()) {
            wrong(key, value, ", not a list");
            return List.of();
        }
        List<Section> sections = new ArrayList<>();
        for (int i = 0; i < value.size(); i++) {
            JsonNode item = value.get(i);
            String own = name.apply(item).asText("");
            String where = place + ", " + kind + " " + (own.isEmpty() ? String.valueOf(i + 1) : Escape.text(own));
            if (item.isObject()) {
                sections.add(new Section(where, item, findings));
            } else {
                findings.problem(where, "is " + kind(item) + ", not an object");
            }
        }
        return sections;
    }

    /** Reports a value of the wrong type. Null counts as absent, as in Kubernetes. */
    private void wrong(String key, JsonNode value, String text) {
        if (!value.isMissingNode() && !value.isNull()) {
            problem(key, "is " + kind(value) + text);
        }
    }

    private static String kind(JsonNode value) {
        return "a " + value.getNodeType().name().toLowerCase(Locale.ROOT);
    }
}
