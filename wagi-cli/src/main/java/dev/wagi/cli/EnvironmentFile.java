// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The format of {@code --env-file}: a variable per line, UTF-8.
 *
 * <pre>
 * # a comment, and an empty line
 *
 * GREETING = hello world        # without quotes: to the end or to white space and '#', surrounding white space is left out
 * export COLOR=#fff             # "export " may stand before the name; this '#' belongs to the value
 * PATTERN = '\d+ $x'            # in single quotes everything is itself
 * TWO_LINES = "a\n\"b\""        # in double quotes \n \r \t \" \\ \$ are escapes
 * EMPTY =
 * </pre>
 *
 * <p>The last line of a name counts. Nothing is expanded. Messages show neither values nor what cannot be read: it may
 * be a secret.
 */
final class EnvironmentFile {

    private static final Pattern LINE =
            Pattern.compile("(?:export\\s+)?(?<name>" + Environment.NAME + ")\\s*=(?<value>.*)", Pattern.DOTALL);

    private static final Pattern COMMENT = Pattern.compile("\\s#.*", Pattern.DOTALL);
    private static final Pattern NOTHING = Pattern.compile("\\s*|\\s+#.*", Pattern.DOTALL);

    private EnvironmentFile() {}

    /** A line that is not a variable. */
    private static final class BadLineException extends Exception {
        private static final long serialVersionUID = 1L;

        BadLineException(String message) {
            super(message, null, false, false);
        }
    }

    /**
     * The variables of a file.
     *
     * @param problems takes what is wrong, with file and line
     */
    static Map<String, String> read(Path file, List<String> problems) {
        return InputFile.small(file, "--env-file", "file of variables", problems)
                .map(bytes -> parse(file.toString(), bytes, problems))
                .orElse(Map.of());
    }

    /** The variables of a file's bytes. */
    static Map<String, String> parse(String place, byte[] bytes, List<String> problems) {
        Map<String, String> variables = new LinkedHashMap<>();
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        int number = 1;
        for (int i = 0; i <= bytes.length; i++) {
            if (i < bytes.length && bytes[i] != '\n') {
                line.write(bytes[i]);
                continue;
            }
            try {
                parseLine(decode(line.toByteArray(), number), variables);
            } catch (BadLineException e) {
                problems.add(place + ", line " + number + ": " + e.getMessage());
            }
            line.reset();
            number++;
        }
        return variables;
    }

    private static String decode(byte[] line, int number) throws BadLineException {
        try {
            String text = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(line))
                    .toString();
            return number == 1 && text.startsWith("\ufeff") ? text.substring(1) : text;
        } catch (CharacterCodingException e) {
            throw new BadLineException("is not UTF-8; save the file as UTF-8");
        }
    }

    private static void parseLine(String line, Map<String, String> variables) throws BadLineException {
        String text = line.strip();
        if (text.isEmpty() || text.startsWith("#")) {
            return;
        }
        if (text.indexOf('\0') >= 0) {
            throw new BadLineException("holds NUL; leave it out");
        }
        Matcher matcher = LINE.matcher(text);
        if (!matcher.matches()) {
            throw new BadLineException("is not a variable; write NAME = VALUE, or begin a comment with '#'");
        }
        variables.put(matcher.group("name"), value(matcher.group("value")));
    }

    /** The value of what follows the {@code =}. */
    private static String value(String rest) throws BadLineException {
        String text = rest.strip();
        return text.startsWith("'") || text.startsWith("\"")
                ? quoted(text)
                : COMMENT.matcher(rest).replaceFirst("").strip();
    }

    private static String quoted(String text) throws BadLineException {
        char quote = text.charAt(0);
        StringBuilder value = new StringBuilder();
        int i = 1;
        while (i < text.length() && text.charAt(i) != quote) {
            char character = text.charAt(i++);
            if (character == '\\' && quote == '"' && i < text.length()) {
                character = unescape(text.charAt(i++));
            }
            value.append(character);
        }
        if (i >= text.length()) {
            throw new BadLineException(
                    "has no closing quote; a value ends on its line, and in double quotes \\n is a" + " line break");
        }
        if (!NOTHING.matcher(text.substring(i + 1)).matches()) {
            throw new BadLineException("has something after the closing quote; put all of the value into the quotes");
        }
        return value.toString();
    }

    private static char unescape(char character) throws BadLineException {
        return switch (character) {
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case '"', '\\', '$' -> character;
            default ->
                throw new BadLineException("has an escape that is none of \\n \\r \\t \\\" \\\\ \\$; write \\\\ for a"
                        + " backslash, or use single quotes");
        };
    }
}
