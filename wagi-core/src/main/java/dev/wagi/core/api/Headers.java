// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.api;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * HTTP header fields in the order in which they were received or printed. Repeated fields are kept apart.
 *
 * <p>Names are compared without regard to ASCII case and keep their spelling. A value is a string of octets, one
 * {@code char} each (ISO-8859-1), as servlet containers deliver them; characters above U+00FF are encoded as UTF-8 when
 * a value is converted to bytes. Immutable.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#section-5">RFC 9110, section 5</a>
 */
public final class Headers implements Iterable<Headers.Field> {

    private static final Headers NONE = new Headers(List.of());

    /** The characters of a token, because each name of each request is looked at. */
    private static final boolean[] TOKEN = new boolean[0x7f];

    static {
        for (char c = '!'; c < TOKEN.length; c++) {
            TOKEN[c] = c >= 'a' && c <= 'z'
                    || c >= 'A' && c <= 'Z'
                    || c >= '0' && c <= '9'
                    || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
        }
    }

    private final List<Field> fields;

    private Headers(List<Field> fields) {
        this.fields = fields;
    }

    /**
     * One field line.
     *
     * @param name the name, a token of RFC 9110 in any case
     * @param value the value without surrounding white space; no CR, LF or NUL
     */
    public record Field(String name, String value) {
        /**
         * Checks that the field can be sent.
         *
         * @param name a token of RFC 9110, in any case
         * @param value the value, octets as in {@link Headers}
         * @throws IllegalArgumentException if the name is not a token or the value holds CR, LF or NUL
         */
        public Field {
            if (!isToken(name)) {
                throw new IllegalArgumentException("a header field name must be a token of RFC 9110");
            }
            if (!isFieldValue(value)) {
                throw new IllegalArgumentException("the value of header field " + name + " holds CR, LF or NUL");
            }
        }
    }

    /** {@return an instance without fields} */
    public static Headers none() {
        return NONE;
    }

    /**
     * Creates fields from alternating names and values: {@code Headers.of("Accept", "text/html", "Cookie", "a=b")}.
     *
     * @param namesAndValues a name, its value, the next name, and so on
     * @return the fields in that order
     * @throws IllegalArgumentException if the count is odd or a field is malformed, see {@link Field}
     */
    public static Headers of(String... namesAndValues) {
        if (namesAndValues.length % 2 != 0) {
            throw new IllegalArgumentException("names and values must alternate");
        }
        if (namesAndValues.length == 2) {
            return new Headers(List.of(new Field(namesAndValues[0], namesAndValues[1])));
        }
        Builder builder = builder();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            builder.add(namesAndValues[i], namesAndValues[i + 1]);
        }
        return builder.build();
    }

    /**
     * Starts an empty collection of fields.
     *
     * @return a builder without fields
     */
    public static Builder builder() {
        return new Builder();
    }

    /** {@return all fields, in order; unmodifiable} */
    public List<Field> fields() {
        return fields;
    }

    /**
     * {@return the value of the first field of that name, in any case}
     *
     * @param name the field name, in any case
     */
    public Optional<String> first(String name) {
        for (Field field : fields) {
            if (field.name.equalsIgnoreCase(name)) {
                return Optional.of(field.value);
            }
        }
        return Optional.empty();
    }

    /**
     * {@return whether there is a field of that name, in any case}
     *
     * @param name the field name, in any case
     */
    public boolean contains(String name) {
        for (Field field : fields) {
            if (field.name.equalsIgnoreCase(name)) {
                return true;
            }
        }
        return false;
    }

    /**
     * {@return the values of all fields of that name, in order; empty if there is none}
     *
     * @param name the field name, in any case
     */
    public List<String> all(String name) {
        return fields.stream()
                .filter(field -> field.name.equalsIgnoreCase(name))
                .map(Field::value)
                .toList();
    }

    @Override
    public Iterator<Field> iterator() {
        return fields.iterator();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Headers headers && fields.equals(headers.fields);
    }

    @Override
    public int hashCode() {
        return fields.hashCode();
    }

    /** Returns the fields one per line, for tests and debugging; do not log the result, values may be secrets. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        fields.forEach(field ->
                text.append(field.name).append(": ").append(field.value).append('\n'));
        return text.toString();
    }

    /**
     * {@return whether the text is a {@code token} of RFC 9110, section 5.6.2, as field names and methods must be}
     *
     * @param text the text to check
     */
    public static boolean isToken(String text) {
        if (text.isEmpty()) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c >= TOKEN.length || !TOKEN[c]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isFieldValue(String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c <= '\r' && (c == '\r' || c == '\n' || c == '\0')) {
                return false;
            }
        }
        return true;
    }

    /** Collects fields in order. Not thread-safe; {@link #build} may be called repeatedly. */
    public static final class Builder {
        private final List<Field> fields = new ArrayList<>();

        private Builder() {}

        /**
         * Adds a field after the existing ones; fields of the same name are kept.
         *
         * @param name the field name, a token of RFC 9110
         * @param value the field value
         * @return this builder
         * @throws IllegalArgumentException if the field is malformed, see {@link Field}
         */
        public Builder add(String name, String value) {
            fields.add(new Field(Objects.requireNonNull(name, "name"), Objects.requireNonNull(value, "value")));
            return this;
        }

        /**
         * Adds a field after the existing ones.
         *
         * @param field the field to add
         * @return this builder
         */
        public Builder add(Field field) {
            fields.add(Objects.requireNonNull(field, "field"));
            return this;
        }

        /**
         * Adds all fields of another instance, in their order.
         *
         * @param headers the fields to add
         * @return this builder
         */
        public Builder addAll(Headers headers) {
            fields.addAll(headers.fields);
            return this;
        }

        /** {@return the fields added so far} */
        public Headers build() {
            return fields.isEmpty() ? NONE : new Headers(List.copyOf(fields));
        }
    }
}
