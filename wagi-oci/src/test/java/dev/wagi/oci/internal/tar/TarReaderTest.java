// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci.internal.tar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.oci.internal.tar.TarReader.Entry;
import dev.wagi.oci.internal.tar.TarReader.Limits;
import dev.wagi.oci.internal.tar.TarReader.Others;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TarReaderTest {

    private static final Limits LIMITS = new Limits(100, 1 << 20, 8 << 20);
    private static final byte[] CONTENT = "content".getBytes(StandardCharsets.US_ASCII);

    private static TarReader reader(byte[] tar, Others others) {
        return new TarReader(new ByteArrayInputStream(tar), others, LIMITS);
    }

    private static List<Entry> entries(TarReader reader) throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Optional<Entry> entry = reader.next(); entry.isPresent(); entry = reader.next()) {
            entries.add(entry.get());
        }
        return entries;
    }

    /** A row: an archive that is refused, regardless of the treatment of links. */
    record Refused(String name, byte[] tar, String message) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static byte[] binary(int first, long size) {
        byte[] octets = new byte[12];
        octets[0] = (byte) first;
        for (int i = 0; i < 8; i++) {
            octets[11 - i] = (byte) (size >>> 8 * i);
        }
        return octets;
    }

    private static Tar withSize(byte[] size) {
        return new Tar().header('0', "f", "", "", header -> System.arraycopy(size, 0, header, 124, size.length));
    }

    static List<Refused> refused() {
        byte[] checksum = new Tar().file("f", CONTENT).end();
        checksum[0] ^= 1;
        Tar many = new Tar();
        for (int i = 0; i <= LIMITS.entries(); i++) {
            many.header('5', "d" + i, 0, "");
        }
        byte[] negative = new byte[12];
        java.util.Arrays.fill(negative, (byte) 0xff);
        Tar holes = new Tar().header('S', "sparse", "%011o\0".formatted(0), "", header -> header[482] = 1);
        for (int i = 0; i < 200; i++) {
            byte[] map = new byte[512];
            map[504] = 1;
            holes.content(map);
        }
        return List.of(
                new Refused(
                        "long name of 4 GiB",
                        new Tar().header('L', "l", 1L << 32, "").cut(),
                        "has an extended header of 4294967296 bytes"),
                new Refused(
                        "long link of 4 GiB",
                        new Tar().header('K', "l", 1L << 32, "").cut(),
                        "has an extended header of 4294967296 bytes"),
                new Refused(
                        "pax bomb",
                        new Tar().header('x', "l", 1L << 32, "").cut(),
                        "has an extended header of 4294967296 bytes"),
                new Refused(
                        "pax bomb for all",
                        new Tar()
                                .header('g', "l", 65_537, "")
                                .content(new byte[65_537])
                                .end(),
                        "has an extended header of 65537 bytes"),
                new Refused(
                        "name for all",
                        new Tar()
                                .add('g', "g", "9 path=a\n".getBytes(StandardCharsets.UTF_8))
                                .end(),
                        "a name or size for all"),
                new Refused(
                        "two names",
                        new Tar()
                                .pax("path=a")
                                .add('L', "l", CONTENT)
                                .file("x", CONTENT)
                                .end(),
                        "has a file with two names, \"a\" and \"content\""),
                new Refused(
                        "zero in a name",
                        new Tar().pax("path=a\0b").file("x", CONTENT).end(),
                        "malformed extended header"),
                new Refused(
                        "negative size in pax",
                        new Tar().pax("size=-1").file("x", CONTENT).end(),
                        "malformed extended"),
                new Refused(
                        "huge size in pax",
                        new Tar().pax("size=999999999999").file("x", CONTENT).end(),
                        "contains a file of 999999999999 bytes, but only 1048576 are allowed"),
                new Refused(
                        "dots",
                        new Tar().file("a/../../b", CONTENT).end(),
                        "\"a/../../b\", which points outside the archive"),
                new Refused(
                        "dots at the end", new Tar().file("a/..", CONTENT).end(), "which points outside the archive"),
                new Refused(
                        "dots in pax",
                        new Tar().pax("path=../b").file("x", CONTENT).end(),
                        "which points outside the archive"),
                new Refused(
                        "link with content",
                        new Tar().add('2', "l", CONTENT).end(),
                        ""), // refused as a link, or for its content
                new Refused(
                        "directory with content",
                        new Tar().add('5', "d/", CONTENT).end(),
                        "which is not a file"),
                new Refused(
                        "large file",
                        withSize("00004000001\0".getBytes(StandardCharsets.US_ASCII))
                                .cut(),
                        "contains a file of 1048577 bytes"),
                new Refused(
                        "octal of 8 GiB",
                        new Tar().header('0', "f", 077777777777L, "").cut(),
                        "contains a file of"),
                new Refused(
                        "binary of 2^53",
                        withSize(binary(0x80, 1L << 53)).cut(),
                        "contains a file of 9007199254740992 bytes"),
                new Refused("binary of 2^62", withSize(binary(0x80, 1L << 62)).cut(), "negative or too large"),
                new Refused(
                        "binary, negative as a long",
                        withSize(binary(0x80, 1L << 63)).cut(),
                        "negative or too large"),
                new Refused(
                        "binary, more than a long", withSize(binary(0x81, 0)).cut(), "negative or too large"),
                new Refused("binary of -1", withSize(negative).cut(), "negative or too large"),
                new Refused(
                        "octal of -1",
                        withSize("-0000000001\0".getBytes(StandardCharsets.US_ASCII))
                                .cut(),
                        "an invalid header"),
                new Refused(
                        "octal of two numbers",
                        withSize("0000001 0001".getBytes(StandardCharsets.US_ASCII))
                                .cut(),
                        "an invalid header"),
                new Refused("checksum", checksum, "wrong checksum"),
                new Refused("many entries", many.end(), "has more than 100 entries"),
                new Refused("many holes", holes.end(), ""),
                new Refused("half a header", new byte[] {1}, "ends in the middle of a header"),
                new Refused(
                        "half a long name",
                        new Tar().header('L', "l", 100, "").cut(),
                        "ends in the middle of a header"),
                new Refused("half a file", new Tar().header('0', "f", 100, "").cut(), "ends in the middle of a file"),
                new Refused(
                        "no padding",
                        java.util.Arrays.copyOf(new Tar().file("f", CONTENT).cut(), 600),
                        "ends in the middle of a file"));
    }

    static Stream<org.junit.jupiter.params.provider.Arguments> refusedBothWays() {
        return refused().stream()
                .flatMap(row -> Stream.of(Others.values())
                        .map(others -> org.junit.jupiter.params.provider.Arguments.of(row, others)));
    }

    @ParameterizedTest
    @MethodSource("refusedBothWays")
    void next_hostileArchive_isRefused(Refused row, Others others) {
        assertThatThrownBy(() -> entries(reader(row.tar(), others)))
                .isInstanceOf(TarException.class)
                .hasMessageContaining(row.message());
    }

    /** A row: an entry that is not a file. */
    record Other(String name, Tar tar, String reason) {
        @Override
        public String toString() {
            return name;
        }
    }

    static List<Other> others() {
        byte[] lastMap = new byte[512];
        return List.of(
                new Other("symbolic link", new Tar().link("o", "/etc/passwd", true), "contains the link \"o\""),
                new Other("hard link", new Tar().link("o", "x", false), "contains the link \"o\""),
                new Other(
                        "long link",
                        new Tar().add('K', "l", new byte[300]).link("o", "x", true),
                        "contains the link \"o\""),
                new Other("character device", new Tar().header('3', "o", 0, ""), "contains an entry of type '3'"),
                new Other("block device", new Tar().header('4', "o", 0, ""), "contains an entry of type '4'"),
                new Other("pipe", new Tar().header('6', "o", 0, ""), "contains an entry of type '6'"),
                new Other("unknown", new Tar().add('Z', "o", CONTENT), "contains an entry of type 'Z'"),
                new Other("control character", new Tar().add('\n', "o", CONTENT), "contains an entry of type '?'"),
                new Other("sparse", new Tar().add('S', "o", CONTENT), "contains an entry of type 'S'"),
                new Other(
                        "sparse with a long map",
                        new Tar()
                                .header('S', "o", "%011o\0".formatted(7), "", header -> header[482] = 1)
                                .content(lastMap)
                                .content(CONTENT),
                        "contains an entry of type 'S'"),
                new Other(
                        "sparse in pax",
                        new Tar().pax("GNU.sparse.name=o").file("GNUSparseFile.0/o", CONTENT),
                        "contains a sparse file"),
                new Other("directory without its type", new Tar().file("o/", CONTENT), "is named like a directory"));
    }

    @ParameterizedTest
    @MethodSource("others")
    void next_noFile_isRefusedOrListed(Other row) throws IOException {
        byte[] tar = row.tar().file("behind", CONTENT).end();

        assertThatThrownBy(() -> entries(reader(tar, Others.REFUSED)))
                .isInstanceOf(TarException.class)
                .hasMessageContaining(row.reason());
        TarReader reader = reader(tar, Others.LISTED);
        assertThat(reader.next()).hasValue(new Entry("o", 0, false));
        assertThat(reader.next()).hasValue(new Entry("behind", 7, true));
        assertThat(reader.readAll()).isEqualTo(CONTENT);
        assertThat(reader.next()).isEmpty();
    }

    @Test
    void next_whereEverythingIsListed_namesAreThoseOfAnImage() throws IOException {
        byte[] tar = new Tar()
                .directory("./")
                .directory("./usr/")
                .file("/usr//bin/./x", CONTENT)
                .file("system\\x2dunit", CONTENT)
                .end();

        assertThat(entries(reader(tar, Others.LISTED)))
                .containsExactly(
                        new Entry("", 0, false),
                        new Entry("usr", 0, false),
                        new Entry("usr/bin/x", 7, true),
                        new Entry("system\\x2dunit", 7, true));
    }

    @Test
    void next_binarySize_isRead() throws IOException {
        byte[] tar = withSize(binary(0x80, 7)).content(CONTENT).end();

        assertThat(entries(reader(tar, Others.REFUSED))).containsExactly(new Entry("f", 7, true));
    }

    @Test
    void next_sizeInPax_countsAndOnlyOnce() throws IOException {
        byte[] tar = new Tar()
                .pax("size=7")
                .header('0', "a", 0, "")
                .content(CONTENT)
                .file("b", new byte[0])
                .end();

        assertThat(entries(reader(tar, Others.REFUSED)))
                .containsExactly(new Entry("a", 7, true), new Entry("b", 0, true));
    }

    @Test
    void readAll_claimThatIsNotKept_takesNoMemoryForIt() {
        byte[] tar = new Tar().header('0', "f", 1L << 30, "").content(CONTENT).end();
        TarReader reader = new TarReader(
                new ByteArrayInputStream(tar), Others.LISTED, new Limits(1, Integer.MAX_VALUE, Integer.MAX_VALUE));

        assertThatThrownBy(() -> {
                    reader.next();
                    reader.readAll();
                })
                .isInstanceOf(TarException.class)
                .hasMessage("ends in the middle of a file");
    }

    @Test
    void unpacking_bomb_isGivenUpEarly() throws IOException {
        byte[] header = new Tar().header('0', "f", 1L << 32, "").cut();
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(header);
            gzip.write(new byte[5 << 20]);
        }
        TarReader reader = TarReader.unpacking(
                new ByteArrayInputStream(packed.toByteArray()),
                true,
                Others.LISTED,
                new Limits(10, Long.MAX_VALUE, Long.MAX_VALUE));

        assertThatThrownBy(() -> entries(reader))
                .isInstanceOf(TarException.class)
                .hasMessage("unpacks to more than 200 times its size");
    }

    @Test
    void unpacking_moreThanIsAllowed_isRefusedPackedOrNot() throws IOException {
        byte[] tar =
                new Tar().file("f", new byte[1000]).file("g", new byte[1000]).end();
        ByteArrayOutputStream gzip = new ByteArrayOutputStream();
        try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
            out.write(tar);
        }
        Limits limits = new Limits(10, 1000, 3000);

        assertThatThrownBy(
                        () -> entries(TarReader.unpacking(new ByteArrayInputStream(tar), false, Others.LISTED, limits)))
                .hasMessage("unpacks to more than 3000 bytes");
        assertThatThrownBy(() -> entries(
                        TarReader.unpacking(new ByteArrayInputStream(gzip.toByteArray()), true, Others.LISTED, limits)))
                .hasMessage("unpacks to more than 3000 bytes");
    }

    /** However an archive is modified, the reader finishes with entries or with its own exception. */
    @ParameterizedTest
    @org.junit.jupiter.params.provider.EnumSource(Others.class)
    void next_anyBytes_neverFailsOtherwise(Others others) throws IOException {
        byte[] good = new Tar().header('0', "a", 8, "").content(new byte[8]).end();
        Random random = new Random(1);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < 10_000; i++) {
            byte[] bytes = good.clone();
            for (int change = random.nextInt(4); change > 0; change--) {
                bytes[random.nextInt(512)] = (byte) random.nextInt(256);
            }
            withChecksum(bytes);
            try {
                for (Entry entry : entries(reader(bytes, others))) {
                    assertThat(entry.size()).isNotNegative();
                    assertThat("/" + entry.name() + "/").doesNotContain("/../").doesNotStartWith("//a");
                    read++;
                }
            } catch (TarException e) {
                refused++;
            }
        }
        assertThat(read).isGreaterThan(1000);
        assertThat(refused).isGreaterThan(200);
    }

    @Test
    void next_endOfTheStreamWithoutZeros_isTheEnd() throws IOException {
        assertThat(reader(new byte[0], Others.REFUSED).next()).isEmpty();
    }

    private static void withChecksum(byte[] header) {
        int sum = 0;
        for (int i = 0; i < 512; i++) {
            sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
        }
        byte[] text = "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(text, 0, header, 148, 8);
    }
}
