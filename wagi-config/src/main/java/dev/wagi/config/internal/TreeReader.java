// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.config.internal;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads trees from YAML with anchors, aliases and merge keys, which Jackson does not resolve, and from JSON. With
 * anchors, a few lines can describe a tree that does not fit in memory; so the nodes behind an alias are counted at
 * each use, and their number is limited. Empty YAML values ({@code key:} without a value, a document of comments) are
 * null. For one text and one thread.
 */
public final class TreeReader {

    private static final int MAX_NODES = 100_000;
    private static final int MAX_DEPTH = 50;
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private final JsonParser parser;
    private final Map<String, Anchored> anchors = new HashMap<>();
    private JsonLocation start = JsonLocation.NA;
    private int nodes;

    /**
     * A node with an anchor.
     *
     * @param size the number of its nodes, counting those behind aliases at each use
     */
    private record Anchored(JsonNode node, int size) {}

    /** Creates a reader for a parser's input. */
    public TreeReader(JsonParser parser) {
        this.parser = parser;
    }

    /** Returns the next document, which may be a null node; null at the end. */
    public @Nullable JsonNode next() throws IOException {
        JsonToken token = parser.nextToken();
        while (token == null && !parser.isClosed()) {
            token = parser.nextToken();
        }
        anchors.clear();
        start = parser.currentTokenLocation();
        return token == null ? null : node(token, 0);
    }

    /** Returns the location where the last document begins. */
    JsonLocation start() {
        return start;
    }

    private JsonNode node(JsonToken token, int depth) throws IOException {
        if (parser instanceof YAMLParser yaml && yaml.isCurrentAlias()) {
            Anchored anchored = anchors.get(parser.getText());
            if (anchored == null) {
                throw new JsonParseException(parser, "there is no such anchor before the alias");
            }
            count(anchored.size());
            return anchored.node();
        }
        if (depth > MAX_DEPTH) {
            throw new JsonParseException(parser, "nested more than " + MAX_DEPTH + " levels deep");
        }
        Object anchor = parser.getObjectId();
        int before = nodes;
        count(1);
        JsonNode node = switch (token) {
            case START_OBJECT -> object(depth);
            case START_ARRAY -> array(depth);
            case VALUE_STRING -> isNothing() ? NODES.nullNode() : NODES.textNode(parser.getText());
            case VALUE_NUMBER_INT -> NODES.numberNode(parser.getBigIntegerValue());
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDecimalValue());
            case VALUE_TRUE, VALUE_FALSE -> NODES.booleanNode(token == JsonToken.VALUE_TRUE);
            case VALUE_NULL -> NODES.nullNode();
            default -> throw new JsonParseException(parser, "unexpected " + token);
        };
        if (anchor != null) {
            anchors.put(anchor.toString(), new Anchored(node, nodes - before));
        }
        return node;
    }

    /**
     * Whether a scalar is empty rather than an empty quoted string. The parser does not distinguish them, but the
     * latter has two characters.
     */
    private boolean isNothing() throws IOException {
        return parser instanceof YAMLParser yaml
                && yaml.getTextLength() == 0
                && yaml.getTypeId() == null
                && yaml.currentTokenLocation().getCharOffset()
                        == yaml.currentLocation().getCharOffset();
    }

    private ObjectNode object(int depth) throws IOException {
        ObjectNode object = NODES.objectNode();
        ObjectNode merged = NODES.objectNode();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String name = parser.currentName();
            JsonNode value = node(parser.nextToken(), depth + 1);
            if (name.equals("<<") && parser instanceof YAMLParser) {
                merge(value, merged);
            } else {
                object.set(name, value);
            }
        }
        merged.properties().forEach(field -> object.putIfAbsent(field.getKey(), field.getValue()));
        return object;
    }

    /**
     * Adds the fields of a merge key. Fields next to the merge key take precedence, and of several objects the first.
     */
    private void merge(JsonNode value, ObjectNode merged) throws IOException {
        for (JsonNode source : value.isArray() ? value : NODES.arrayNode().add(value)) {
            if (source.isNull()) {
                continue;
            }
            if (!source.isObject()) {
                throw new JsonParseException(parser, "'<<' is for objects");
            }
            source.properties().forEach(field -> merged.putIfAbsent(field.getKey(), field.getValue()));
        }
    }

    private ArrayNode array(int depth) throws IOException {
        ArrayNode array = NODES.arrayNode();
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            array.add(node(token, depth + 1));
        }
        return array;
    }

    private void count(int more) throws JsonParseException {
        nodes += more;
        if (nodes > MAX_NODES) {
            throw new JsonParseException(
                    parser, "more than " + MAX_NODES + " values, counting those behind aliases at each use");
        }
    }
}
