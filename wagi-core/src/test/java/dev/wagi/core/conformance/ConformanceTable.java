// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.conformance;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Disabled;

/** Writes {@code docs/conformance.md} from the annotations of {@link Rfc3875Test}. */
final class ConformanceTable {

    private static final String INTRODUCTION = """
            # Conformance with RFC 3875 (CGI/1.1)

            Every row of this table is a test of the class `Rfc3875Test`, which sends requests through the whole host to real guests.
            [The last section](#in-servers-and-containers) says what differs in some servers. Do not edit this page: the table is
            generated from the annotations of that class. After a change there, run

            ```sh
            mvn -f wagi-core/pom.xml test -Dtest=ConformanceTableTest -Dwagi.regenerate=true
            ```

            **yes**: implemented and tested. **differs**: deliberately different, and the test asserts how; most of these
            are what WAGI documents and its guests depend on. **not supported**: not implemented, with the reason. Requirements are
            in our own words; the link leads to the RFC's text. [RATIONALE.md](../RATIONALE.md#where-do-we-differ-from-wagi) says
            where we differ from WAGI itself.

            Sections without a row contain no requirement for a server: 1 and 2 (introduction, notation), 7.1 and 7.3
            (AmigaDOS, EBCDIC), 8.2, 9.1, 9.3, 9.4 and 9.9 (for authors of scripts).
            """;

    private ConformanceTable() {}

    /** A row. */
    record Row(String number, String title, String requirement, Status status, String why) {

        String link() {
            return "https://www.rfc-editor.org/rfc/rfc3875#section-" + number;
        }

        private String line() {
            String text = why.isEmpty() ? status.text : status.text + ": " + why;
            return "| [" + number + " " + title + "](" + link() + ") | " + cell(requirement) + " | " + cell(text)
                    + " |";
        }

        private static String cell(String text) {
            return text.replace("|", "\\|");
        }
    }

    enum Status {
        YES("yes"),
        DIFFERS("differs"),
        NOT_SUPPORTED("not supported");

        private final String text;

        Status(String text) {
            this.text = text;
        }
    }

    /** The rows: by section, then what is done before what is not, then by text. */
    static List<Row> rows() {
        List<Row> rows = new ArrayList<>();
        for (Class<?> type : Rfc3875Test.class.getDeclaredClasses()) {
            Section section = type.getAnnotation(Section.class);
            if (section == null) {
                continue;
            }
            for (Method method : type.getDeclaredMethods()) {
                Requirement requirement = method.getAnnotation(Requirement.class);
                if (requirement != null) {
                    rows.add(row(section, requirement, method));
                }
            }
        }
        rows.sort(Comparator.comparing((Row row) -> sortable(row.number))
                .thenComparing(Row::status)
                .thenComparing(Row::requirement));
        return rows;
    }

    private static Row row(Section section, Requirement requirement, Method method) {
        Disabled disabled = method.getAnnotation(Disabled.class);
        Deviation deviation = method.getAnnotation(Deviation.class);
        Status status = disabled != null ? Status.NOT_SUPPORTED : deviation != null ? Status.DIFFERS : Status.YES;
        String why = disabled != null ? disabled.value() : deviation != null ? deviation.value() : "";
        return new Row(section.number(), section.title(), requirement.value(), status, why);
    }

    /** {@code 4.1.10} as {@code 004.001.010}. */
    private static String sortable(String number) {
        return String.join(
                ".",
                Arrays.stream(number.split("\\."))
                        .map(part -> String.format("%03d", Integer.parseInt(part)))
                        .toList());
    }

    /** The whole page. */
    static String page() {
        List<Row> rows = rows();
        StringBuilder page = new StringBuilder(INTRODUCTION);
        page.append(String.format(
                "%n%d requirements: %d yes, %d differ, %d not supported.%n%n",
                rows.size(), count(rows, Status.YES), count(rows, Status.DIFFERS), count(rows, Status.NOT_SUPPORTED)));
        page.append("| section | requirement | status |\n|---|---|---|\n");
        rows.forEach(row -> page.append(row.line()).append('\n'));
        return page.toString().replace("\r\n", "\n");
    }

    private static long count(List<Row> rows, Status status) {
        return rows.stream().filter(row -> row.status == status).count();
    }
}
