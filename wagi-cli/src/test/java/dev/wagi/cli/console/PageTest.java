// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.cli.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.Headers;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Whatever a configuration, a client or a guest says is text on the page. */
class PageTest {

    private static Stream<Arguments> texts() {
        return Stream.of(
                Arguments.of("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
                Arguments.of("\" onload=\"x", "&quot; onload=&quot;x"),
                Arguments.of("'`=/&amp;", "&#39;`=/&amp;amp;"),
                Arguments.of("\0\7\33[31m\177\205", "\\x00\\x07\\x1b[31m\\x7f\\x85"),
                Arguments.of("a\nb\tc\rd", "a\\x0ab\\x09c\\x0dd"),
                Arguments.of(
                        chars(0x202e, 'a', 0x2066, 0x2028, 0xfeff),
                        escapes("202e") + "a" + escapes("2066", "2028", "feff")),
                Arguments.of(
                        chars(0xd800, ' ', 0xe000, ' ', 0xffff),
                        escapes("d800") + " " + escapes("e000") + " " + escapes("ffff")),
                Arguments.of("grüße 😀 日本", "grüße 😀 日本"));
    }

    private static String chars(int... codes) {
        StringBuilder text = new StringBuilder();
        for (int code : codes) {
            text.append((char) code);
        }
        return text.toString();
    }

    private static String escapes(String... digits) {
        return "\\" + "u" + String.join("\\" + "u", digits);
    }

    @ParameterizedTest
    @MethodSource("texts")
    void text_isShown_andIsNothingElse(String text, String shown) {
        assertThat(new Html().text(text).toString()).isEqualTo(shown);
    }

    @Test
    void lines_stay() {
        assertThat(new Html().lines("a\n\tb\r\n<").toString()).isEqualTo("a\n\tb\\x0d\n&lt;");
    }

    /** A browser sends what it reads. */
    @Test
    void edited_hasTheSameCharacters() {
        String hidden = chars(0xad, 0x200d, 0x202e, 0xe000, '\t');

        assertThat(new Html().edited(hidden + "\n<&>\"'").toString()).isEqualTo(hidden + "\n&lt;&amp;&gt;&quot;&#39;");
    }

    /** In every place at once. */
    @Test
    void hostileTextEverywhere_isNoMarkup() {
        String visible = "\"'><script>alert(1)</script><!--</textarea></pre>";
        String evil = "\u202e" + visible;
        Notes.Note note = new Notes.Note(Instant.EPOCH, evil, evil, evil);
        Snapshot.Traffic traffic = new Snapshot.Traffic(1, 1, 1, 1, 1, 1, new int[59], new int[59]);
        Snapshot snapshot = new Snapshot(
                evil,
                Instant.EPOCH,
                traffic,
                new Snapshot.Usage(1, 1, 1, 1, 1, 1, 1),
                List.of(
                        new Snapshot.Route(evil, evil, evil, evil, List.of(evil), List.of(evil), traffic),
                        new Snapshot.Route(evil, "/" + evil + "/...", "", evil, List.of(), List.of(), null)),
                List.of(new Snapshot.Module(
                        evil,
                        evil,
                        evil,
                        evil,
                        1L,
                        List.of(evil),
                        List.of(evil),
                        true,
                        true,
                        List.of(new Snapshot.Host(evil, true)),
                        List.of(new Snapshot.Volume(evil, true)),
                        List.of(evil),
                        Map.of("timeout", 1L, "max_memory", 1L, evil, 1L),
                        new Snapshot.Pool(1, 1, 1, 1, 1, 1, 1, Map.of(evil, 1L)),
                        List.of(note),
                        List.of(note))),
                List.of(new Snapshot.Reason(evil, evil, 1, Instant.EPOCH, evil)),
                List.of(note));
        TestResult result = new TestResult(
                200,
                false,
                1,
                List.of(new Headers.Field("X-Evil", "\"'><script>alert(1)</script>")),
                evil.getBytes(StandardCharsets.UTF_8),
                1000,
                3);

        String page = Page.of(
                snapshot,
                true,
                new Page.Form(
                        evil,
                        new Draft(visible, visible, visible, visible),
                        evil,
                        result,
                        List.of(note),
                        List.of(note)));

        assertThat(page)
                .doesNotContain("<script>", "<!--", "\u202e", "'>")
                .contains("\\u202e&quot;&#39;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--");
        assertThat(page.split("</textarea>", -1)).hasSize(3);
        assertThat(page.split("<script ", -1)).hasSize(2);
    }

    @Test
    void manyRows_areCut_andTheRestIsCounted() {
        Snapshot.Traffic none = new Snapshot.Traffic(0, 0, 0, 0, 0, 0, new int[59], new int[59]);
        List<Snapshot.Route> routes = IntStream.range(0, 1000)
                .mapToObj(i -> new Snapshot.Route("", "/r" + i, "m", "_start", List.of(), List.of(), none))
                .toList();

        String page = Page.of(
                new Snapshot(
                        "ready",
                        Instant.EPOCH,
                        none,
                        new Snapshot.Usage(0, 0, 0, 0, 0, 0, 0),
                        routes,
                        List.of(),
                        List.of(),
                        List.of()),
                false,
                null);

        assertThat(page).contains("/r199<", "800 more are in").doesNotContain("/r200<", "<form");
    }
}
