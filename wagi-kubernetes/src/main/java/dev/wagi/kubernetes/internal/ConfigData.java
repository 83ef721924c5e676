// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.kubernetes.internal;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The content of a ConfigMap or a Secret.
 *
 * @param type the type of a Secret, for instance {@code kubernetes.io/dockerconfigjson}; empty if none is given
 * @param entries the values by key, which must not be modified
 */
record ConfigData(String type, Map<String, byte[]> entries) {

    private static final Pattern KEY = Pattern.compile("(?!\\.\\.?$)[-._A-Za-z0-9]{1,253}");

    ConfigData {
        entries = Collections.unmodifiableMap(new LinkedHashMap<>(entries));
    }

    static ConfigData configMap(Section object) {
        object.check(Fields.CONFIG_MAP);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        texts(object, "data", entries);
        binary(object, "binaryData", entries);
        return new ConfigData("", entries);
    }

    static ConfigData secret(Section object) {
        object.check(Fields.SECRET);
        Map<String, byte[]> entries = new LinkedHashMap<>();
        binary(object, "data", entries);
        texts(object, "stringData", entries);
        return new ConfigData(object.text("type").orElse(""), entries);
    }

    private static void texts(Section object, String field, Map<String, byte[]> entries) {
        object.table(field)
                .forEach((key, text) -> add(object, field, key, text.getBytes(StandardCharsets.UTF_8), entries));
    }

    private static void binary(Section object, String field, Map<String, byte[]> entries) {
        object.table(field).forEach((key, text) -> {
            try {
                add(object, field, key, Base64.getMimeDecoder().decode(text), entries);
            } catch (IllegalArgumentException e) {
                // The value may be a secret, and the decoder's message may quote it.
                object.problem(
                        field + "." + key,
                        "is not base64; encode it, or write it as text in "
                                + (field.equals("data") ? "stringData" : "data"));
            }
        });
    }

    private static void add(Section object, String field, String key, byte[] value, Map<String, byte[]> entries) {
        if (KEY.matcher(key).matches()) {
            entries.put(key, value);
        } else {
            object.problem(
                    field + "." + key, "is not a valid key; a key has up to 253 letters, digits, '-', '_' and '.'");
        }
    }

    /** Returns a value as text, if it is UTF-8. */
    static Optional<String> text(byte[] value) {
        try {
            return Optional.of(StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(value))
                    .toString());
        } catch (CharacterCodingException e) {
            return Optional.empty();
        }
    }

    /**
     * Returns the lookup key: a ConfigMap and a Secret may have the same name, and so may those of different
     * namespaces.
     */
    static String key(String kind, String namespace, String name) {
        return kind + " " + namespace + "/" + name;
    }
}
