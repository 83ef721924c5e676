// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.JsonRecyclerPools;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlFactory;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/**
 * The formats of a configuration. Jackson's buffers are not recycled: it would keep them in a thread-local, and with
 * them the class loader of an application that was undeployed.
 */
public enum Syntax {
    TOML(
            "[[module]]",
            new TomlMapper(TomlFactory.builder()
                    .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
                    .build())),
    JSON(
            "\"module\": [{ ... }]",
            JsonMapper.builder(JsonFactory.builder()
                            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                    .build()),
    YAML(
            "a list below 'module:'",
            YAMLMapper.builder(YAMLFactory.builder()
                            .recyclerPool(JsonRecyclerPools.nonRecyclingPool())
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build()) {
        /** Ignores documents and keys without a value, as in manifests. */
        @Override
        JsonNode read(String text) throws IOException {
            try (JsonParser parser = mapper.createParser(text)) {
                TreeReader reader = new TreeReader(parser);
                JsonNode found = MissingNode.getInstance();
                for (JsonNode next = reader.next(); next != null; next = reader.next()) {
                    if (!next.isNull() && !found.isMissingNode()) {
                        throw new JsonParseException(
                                parser,
                                "there is a second document, but a configuration has only one; remove the line ---",
                                reader.start());
                    }
                    found = next.isNull() ? found : withoutNulls(next);
                }
                return found;
            }
        }
    };

    /** The form of a module in this format, for messages. */
    final String module;

    /** The form of static files in this format, for messages. */
    final String files;

    final ObjectMapper mapper;

    Syntax(String module, ObjectMapper mapper) {
        this.module = module;
        this.files = module.replace("module", "static");
        this.mapper = mapper;
    }

    JsonNode read(String text) throws IOException {
        return mapper.readTree(text);
    }

    private static JsonNode withoutNulls(JsonNode node) {
        if (node instanceof ObjectNode object) {
            object.properties().removeIf(field -> field.getValue().isNull());
        }
        node.forEach(Syntax::withoutNulls);
        return node;
    }

    /** Returns the format for a file name's extension; TOML if the extension is unknown. */
    public static Syntax of(String fileName) {
        return ending(fileName).orElse(TOML);
    }

    /** Returns the format for a file name's extension, if it is known. */
    static Optional<Syntax> ending(String fileName) {
        String name = fileName.toLowerCase(Locale.ROOT);
        if (name.endsWith(".json")) {
            return Optional.of(JSON);
        }
        if (name.endsWith(".yaml") || name.endsWith(".yml")) {
            return Optional.of(YAML);
        }
        return name.endsWith(".toml") ? Optional.of(TOML) : Optional.empty();
    }
}
