// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.cgi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.wagi.core.api.WagiRequest;
import dev.wagi.core.internal.sandbox.GuestStrings;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CgiArgumentsTest {

    record Case(String what, String target, List<String> template, boolean options, List<String> expected) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Case> cases() {
        List<String> none = List.of();
        List<String> ruby = List.of("ruby", "${SCRIPT_NAME}.rb", "${ARGS}");
        return Stream.of(
                new Case("path only", "/a/b", none, false, List.of("/a/b")),
                new Case(
                        "items as sent",
                        "/a%20b?x=1&y%20z&&-s",
                        none,
                        false,
                        List.of("/a%20b", "x=1", "y%20z", "", "-s")),
                new Case("empty query", "/a?", none, false, List.of("/a")),
                new Case("question marks in the query", "/a?b?c&d", none, false, List.of("/a", "b?c", "d")),
                new Case("octets above ASCII", "/a?\u00c3\u00a9", none, false, List.of("/a", "é")),
                new Case("template", "/a?x&y", ruby, false, List.of("ruby", "/s.rb", "x", "y")),
                new Case("template without items", "/a", ruby, false, List.of("ruby", "/s.rb")),
                new Case("options are dropped", "/a?-s&x&--y&%2Dz", ruby, false, List.of("ruby", "/s.rb", "x", "%2Dz")),
                new Case("options are allowed", "/a?-s&x", ruby, true, List.of("ruby", "/s.rb", "-s", "x")),
                new Case("items inside text", "/a?x&y", List.of("q=${ARGS};"), false, List.of("q=x y;")),
                new Case(
                        "a value is not expanded again",
                        "/a?${SCRIPT_NAME}",
                        List.of("${ARGS}", "<${ARGS}>"),
                        false,
                        List.of("${SCRIPT_NAME}", "<${SCRIPT_NAME}>")),
                new Case(
                        "other dollars stay",
                        "/a",
                        List.of("${HOME}", "$", "${", "a${x}b"),
                        false,
                        List.of("${HOME}", "$", "${", "a${x}b")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void encode_request_givesTheCommandLine(Case row) {
        CgiArguments arguments =
                row.template.isEmpty() ? CgiArguments.standard() : CgiArguments.template(row.template, row.options);
        CgiRequest request = CgiRequest.parse(WagiRequest.get(row.target), "id").orElseThrow();

        assertThat(strings(arguments.encode(request, "/s"))).isEqualTo(row.expected);
    }

    static List<String> strings(GuestStrings strings) {
        return IntStream.range(0, strings.count()).mapToObj(strings::get).toList();
    }
}
