// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import dev.wagi.core.api.Problems;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The invoice of a bindle, which lists its parcels. Keys may be in camelCase or in snake_case; unknown keys are
 * ignored.
 *
 * <pre>
 * bindleVersion = "1.0.0"
 *
 * [bindle]
 * name = "example.com/hello"
 * version = "1.0.0"
 *
 * [[parcel]]
 * label.sha256 = "&lt;64 hexadecimal digits&gt;"
 * label.mediaType = "application/wasm"
 * label.name = "hello.wasm"
 * label.size = 12345                                  # optional
 * label.feature.wagi.route = "/hello/..."
 * label.feature.wagi.entrypoint = "_start"            # optional
 * label.feature.wagi.allowed_hosts = "https://a, b"   # optional
 * label.feature.wagi.argv = "${SCRIPT_NAME} ${ARGS}"  # optional
 * conditions.memberOf = []                            # optional
 * conditions.requires = ["assets"]                    # optional
 * </pre>
 *
 * @param parcels the parcels in the order of the file
 * @see <a href="https://github.com/deislabs/bindle/blob/main/docs/invoice-spec.md">The invoice</a>
 */
record Invoice(List<Parcel> parcels) {

    private static final ObjectMapper TOML = new TomlMapper();
    private static final Pattern SHA256 = Pattern.compile("[0-9A-Fa-f]{64}");
    private static final Pattern FORMAT_VERSION = Pattern.compile("v?1(\\..*)?");
    private static final int MAX_QUOTE = 120;

    Invoice {
        parcels = List.copyOf(parcels);
    }

    /**
     * Parses an invoice; all of its errors are added to the problems.
     *
     * @param expected the requested bindle
     * @return empty if a problem was added
     */
    static Optional<Invoice> parse(BindleId expected, String place, byte[] bytes, Problems problems) {
        return new Reader(place, problems).read(expected, bytes);
    }

    /**
     * Returns the parcels that a module requires as files: those in the groups it requires, and in the groups that
     * these parcels require.
     */
    List<Parcel> filesFor(Parcel module) {
        Set<String> groups = new HashSet<>(module.requires());
        Deque<String> open = new ArrayDeque<>(groups);
        Set<Parcel> files = new LinkedHashSet<>();
        while (!open.isEmpty()) {
            String group = open.remove();
            for (Parcel parcel : parcels) {
                if (!parcel.memberOf().contains(group)) {
                    continue;
                }
                if (parcel.isFile()) {
                    files.add(parcel);
                }
                for (String required : parcel.requires()) {
                    if (groups.add(required)) {
                        open.add(required);
                    }
                }
            }
        }
        return List.copyOf(files);
    }

    /** Makes untrusted text safe for a message: without control characters, and truncated. */
    static String quote(String text) {
        String shown = text.replaceAll("\\p{Cntrl}", "?");
        return '"' + (shown.length() > MAX_QUOTE ? shown.substring(0, MAX_QUOTE) + "..." : shown) + '"';
    }

    /** Parses one invoice. */
    private static final class Reader {
        private final String place;
        private final Problems problems;
        private boolean good = true;

        Reader(String place, Problems problems) {
            this.place = place;
            this.problems = problems;
        }

        Optional<Invoice> read(BindleId expected, byte[] bytes) {
            JsonNode root = tree(bytes);
            if (root == null) {
                return Optional.empty();
            }
            checkHead(expected, root);
            List<Parcel> parcels = new ArrayList<>();
            JsonNode list = get(root, "parcel");
            if (!list.isArray() && !list.isMissingNode()) {
                problem(place, "parcel", "is " + kind(list) + ", not a list of tables; write [[parcel]]");
            }
            for (int i = 0; list.isArray() && i < list.size(); i++) {
                Parcel parcel = parcel(place + ", parcel " + (i + 1), list.get(i));
                if (parcel != null) {
                    parcels.add(parcel);
                }
            }
            return good ? Optional.of(new Invoice(parcels)) : Optional.empty();
        }

        private @Nullable JsonNode tree(byte[] bytes) {
            try {
                String text = StandardCharsets.UTF_8
                        .newDecoder()
                        .decode(ByteBuffer.wrap(bytes))
                        .toString();
                return TOML.readTree(text);
            } catch (CharacterCodingException e) {
                problems.add(place, "the invoice is not UTF-8 text; save it as UTF-8");
            } catch (JacksonException e) {
                JsonLocation at = e.getLocation();
                problems.add(
                        at == null ? place : place + ", line " + at.getLineNr() + ", column " + at.getColumnNr(),
                        "malformed TOML (" + quote(e.getOriginalMessage())
                                + "); correct it or export the bindle again");
            }
            return null;
        }

        private void checkHead(BindleId expected, JsonNode root) {
            String format = text(place, root, "bindle_version");
            if (format != null && !FORMAT_VERSION.matcher(format).matches()) {
                problem(place, "bindleVersion", quote(format) + " is not a supported version; it must be 1.x");
            }
            JsonNode yanked = get(root, "yanked");
            if (yanked.isBoolean() && yanked.booleanValue()) {
                problem(place, "yanked", "the bindle was withdrawn by its publisher; use another version");
            } else if (!yanked.isBoolean() && !yanked.isMissingNode()) {
                problem(place, "yanked", "is " + kind(yanked) + "; write true or false");
            }
            JsonNode bindle = table(place, root, "bindle", true);
            if (bindle == null) {
                return;
            }
            String name = text(place + ", bindle", bindle, "name");
            String version = text(place + ", bindle", bindle, "version");
            if (name != null && version != null && !expected.text().equals(name + "/" + version)) {
                problem(
                        place,
                        "bindle",
                        "this is the invoice of " + quote(name + "/" + version)
                                + ", not of the requested bindle; export or push the right one");
            }
        }

        private @Nullable Parcel parcel(String where, JsonNode node) {
            if (!node.isObject()) {
                good = false;
                problems.add(where, "is " + kind(node) + ", not a table; write [[parcel]]");
                return null;
            }
            boolean before = good;
            good = true;
            JsonNode conditions = table(where, node, "conditions", false);
            Set<String> memberOf = texts(where + ", conditions", conditions, "member_of");
            Set<String> requires = texts(where + ", conditions", conditions, "requires");
            JsonNode label = table(where, node, "label", true);
            Parcel parcel = label == null ? null : parcel(where + ", label", label, memberOf, requires);
            good &= before;
            return parcel;
        }

        private @Nullable Parcel parcel(String where, JsonNode label, Set<String> memberOf, Set<String> requires) {
            String name = text(where, label, "name");
            String mediaType = text(where, label, "media_type");
            String sha256 = text(where, label, "sha256");
            if (sha256 != null && !SHA256.matcher(sha256).matches()) {
                problem(
                        where,
                        "sha256",
                        quote(sha256) + " is not 64 hexadecimal digits; write the SHA-256 of the file");
            }
            long size = -1;
            JsonNode number = get(label, "size");
            if (number.isIntegralNumber() && number.canConvertToLong() && number.longValue() >= 0) {
                size = number.longValue();
            } else if (!number.isMissingNode()) {
                problem(where, "size", "is not a number of bytes; write it without quotes");
            }
            Map<String, String> features = features(where, label);
            if (!good || name == null || mediaType == null || sha256 == null) {
                return null;
            }
            return new Parcel(name, sha256.toLowerCase(Locale.ROOT), mediaType, size, memberOf, requires, features);
        }

        private Map<String, String> features(String where, JsonNode label) {
            Map<String, String> features = new LinkedHashMap<>();
            JsonNode all = table(where, label, "feature", false);
            JsonNode ours = all == null ? null : table(where + ", feature", all, "wagi", false);
            if (ours != null) {
                for (String key : BindleReader.FEATURES) {
                    if (!get(ours, key).isMissingNode()) {
                        String value = text(where + ", feature.wagi", ours, key);
                        features.put(key, value == null ? "" : value);
                    }
                }
                // Unknown features are kept, so that a warning can report that they have no effect.
                ours.fieldNames().forEachRemaining(key -> {
                    if (BindleReader.FEATURES.stream()
                            .noneMatch(known -> key.equals(known) || key.equals(camelCase(known)))) {
                        features.put(key, "");
                    }
                });
            }
            return features;
        }

        private @Nullable JsonNode table(String where, JsonNode node, String key, boolean required) {
            JsonNode value = get(node, key);
            if (value.isObject()) {
                return value;
            }
            if (!value.isMissingNode()) {
                problem(where, key, "is " + kind(value) + ", not a table");
            } else if (required) {
                missing(where, key);
            }
            return null;
        }

        /** Reads a required string. */
        private @Nullable String text(String where, JsonNode node, String key) {
            JsonNode value = get(node, key);
            if (value.isMissingNode()) {
                missing(where, camelCase(key));
            } else if (!value.isTextual()) {
                problem(where, key, "is " + kind(value) + ", not a string; put it in quotes");
            } else if (value.textValue().chars().anyMatch(Character::isISOControl)) {
                problem(where, key, quote(value.textValue()) + " contains a control character; remove it");
            } else {
                return value.textValue();
            }
            return null;
        }

        private Set<String> texts(String where, @Nullable JsonNode node, String key) {
            Set<String> texts = new LinkedHashSet<>();
            JsonNode value = node == null ? null : get(node, key);
            if (value == null || value.isMissingNode()) {
                return texts;
            }
            boolean clean = value.isArray();
            for (JsonNode item : value) {
                clean &= item.isTextual();
                texts.add(item.asText());
            }
            if (!clean) {
                problem(where, key, "is not a list of strings; write for instance [\"group\"]");
            }
            return texts;
        }

        private void missing(String where, String key) {
            good = false;
            problems.add(where, "the key '" + key + "' is missing; add it or export the bindle again");
        }

        private void problem(String where, String key, String text) {
            good = false;
            problems.add(where + ", key '" + camelCase(key) + "'", text);
        }

        /** Returns the value of a key as the specification spells it, or in snake_case. */
        private static JsonNode get(JsonNode node, String snakeCase) {
            JsonNode value = node.path(camelCase(snakeCase));
            return value.isMissingNode() ? node.path(snakeCase) : value;
        }

        private static String camelCase(String snakeCase) {
            StringBuilder text = new StringBuilder();
            for (String word : snakeCase.split("_")) {
                text.append(text.isEmpty() ? word : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
            }
            return text.toString();
        }

        private static String kind(JsonNode value) {
            String type = value.getNodeType().name().toLowerCase(Locale.ROOT);
            return (value.isContainerNode() ? "an " : "a ") + type;
        }
    }
}
