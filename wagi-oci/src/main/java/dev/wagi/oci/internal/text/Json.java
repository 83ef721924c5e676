// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;

/**
 * Parses untrusted JSON strictly: no duplicate names, no trailing content, and at most 64 levels of nesting. If two
 * parsers read a signed text differently, an attacker could get something other than the signed content run.
 */
public final class Json {

    private static final int MAX_DEPTH = 64;
    private static final int MAX_STRING = 4 << 20;
    private static final int MAX_NUMBER = 30;

    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(MAX_DEPTH)
                            .maxStringLength(MAX_STRING)
                            .maxNumberLength(MAX_NUMBER)
                            .build())
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .build())
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private Json() {}

    /**
     * Parses an object.
     *
     * @throws JsonProcessingException if the text is anything else
     */
    public static JsonNode read(byte[] bytes) throws JsonProcessingException {
        try {
            JsonNode node = MAPPER.readTree(bytes);
            if (node == null || !node.isObject()) {
                throw new NoObject();
            }
            return node;
        } catch (JsonProcessingException e) {
            throw e;
        } catch (IOException e) {
            throw new Undecodable(e); // bytes that look like UTF-32 but are not
        }
    }

    /** Serializes an object that we created. */
    public static byte[] write(JsonNode node) {
        try {
            return MAPPER.writeValueAsBytes(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a JSON tree can always be written", e);
        }
    }

    /** The bytes are not text. */
    private static final class Undecodable extends JsonProcessingException {
        private static final long serialVersionUID = 1L;

        Undecodable(IOException cause) {
            super("it is not text", cause);
        }
    }

    /** The text is not an object. */
    private static final class NoObject extends JsonProcessingException {
        private static final long serialVersionUID = 1L;

        NoObject() {
            super("it is not an object");
        }
    }
}
