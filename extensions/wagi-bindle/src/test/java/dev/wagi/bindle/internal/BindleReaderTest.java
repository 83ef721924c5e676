// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.bindle.internal;

import static dev.wagi.bindle.internal.Exported.HEAD;
import static dev.wagi.bindle.internal.Exported.ID;
import static dev.wagi.bindle.internal.Exported.content;
import static dev.wagi.bindle.internal.Exported.invoice;
import static dev.wagi.bindle.internal.Exported.parcel;
import static dev.wagi.bindle.internal.Exported.route;
import static dev.wagi.bindle.internal.Exported.sha256;
import static dev.wagi.bindle.internal.Exported.texts;
import static dev.wagi.bindle.internal.Exported.wasm;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.wagi.bindle.BindleSource;
import dev.wagi.config.internal.ModuleSettings;
import dev.wagi.config.internal.VolumeEntry;
import dev.wagi.core.api.Limits;
import dev.wagi.core.api.ModuleLoadException;
import dev.wagi.core.api.Problems;
import dev.wagi.core.internal.config.ModuleConfiguration;
import dev.wagi.core.internal.config.ModuleDraft;
import dev.wagi.core.module.ModuleReference;
import dev.wagi.core.module.ResolvedModule;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Standalone bindles: their modules, their parcels, and all of their possible errors. */
class BindleReaderTest {

    private static final String GOOD = wasm("hello.wasm", "code") + route("/hello/...");

    /** A route, and a file in a group that is required through another group. */
    private static final String WITH_FILES = HEAD
            + wasm("hello.wasm", "code") + route("/hello") + "[parcel.conditions]\nrequires = [\"site\", \"nobody\"]\n"
            + wasm("lib.wasm", "lib")
            + "[parcel.conditions]\nmemberOf = [\"site\"]\nrequires = [\"site\", \"images\"]\n"
            + parcel("a.png", "image/png", "a")
            + "feature.wagi.file = \"true\"\n[parcel.conditions]\nmember_of = [\"images\"]\n"
            + parcel("b.png", "image/png", "b")
            + "feature.wagi.file = \"true\"\n[parcel.conditions]\nmemberOf = [\"site\"]\n"
            + parcel("c.png", "image/png", "c")
            + "feature.wagi.file = \"false\"\n[parcel.conditions]\nmemberOf = [\"site\"]\n"
            + parcel("d.png", "image/png", "d")
            + "feature.wagi.file = \"true\"\n[parcel.conditions]\nmemberOf = [\"other\"]\n"
            + parcel("e.png", "image/png", "e") + "feature.wagi.file = \"true\"\n";

    @TempDir
    Path directory;

    private final Problems problems = Problems.none();

    @Test
    void read_everyModuleOfTheGlobalGroup() throws IOException {
        invoice(
                directory,
                HEAD + wasm("bin/shop.wasm", "shop") + route("/shop/...")
                        + """
                        feature.wagi.entrypoint = "serve"
                        feature.wagi.allowed_hosts = " https://a.example , http://b.example:8080,, "
                        feature.wagi.argv = " prog  ${SCRIPT_NAME}\t${ARGS} "
                        feature.other.thing = "x"
                        [parcel.conditions]
                        memberOf = []
                        """.replace("\t", " ")
                        + parcel("readme.txt", "text/plain", "text") + route("/text")
                        + wasm("grouped.wasm", "grouped") + route("/grouped")
                        + "[parcel.conditions]\nmemberOf = [\"g\"]\n"
                        + wasm("library.wasm", "library")
                        + wasm("../.hidden file", "small") + route("/small") + "feature.wagi.host = \"a.example\"\n");

        List<ModuleSettings> drafts = reader().read(ID, problems);

        assertThat(drafts).extracting(draft -> draft.defaultName).containsExactly("bin-shop", "hidden-file");
        ModuleSettings shop = drafts.get(0);
        assertThat(shop.route).isEqualTo("/shop/...");
        assertThat(shop.module).isEqualTo("bindle:" + ID + "@" + sha256("shop") + "#sha256:" + sha256("shop"));
        assertThat(shop.entrypoint).isEqualTo("serve");
        assertThat(shop.allowedHosts).containsExactly("https://a.example", "http://b.example:8080");
        assertThat(shop.argv).containsExactly("prog", "${SCRIPT_NAME}", "${ARGS}");
        ModuleSettings small = drafts.get(1);
        assertThat(small.entrypoint).isNull();
        assertThat(check(small).orElseThrow().entrypoint()).isEqualTo("_start");
        assertThat(small.argv).isNull();
        assertThat(small.allowedHosts).isEmpty();
        for (ModuleSettings draft : drafts) {
            ModuleConfiguration module = check(draft).orElseThrow();
            assertThat(module.place())
                    .startsWith("bindle " + ID + " (" + directory)
                    .contains("invoice.toml), parcel \"");
        }
        assertThat(texts(problems)).isEmpty();
    }

    @Test
    void read_invoiceInSnakeCase_isTheSame() throws IOException {
        String camel = HEAD + GOOD + "feature.wagi.allowedHosts = \"https://a.example\"\n"
                + "[parcel.conditions]\nmemberOf = []\n"
                + wasm("g.wasm", "g") + route("/g") + "[parcel.conditions]\nmemberOf = [\"g\"]\n";
        invoice(directory, camel);
        List<ModuleSettings> expected = reader().read(ID, problems);
        invoice(
                directory,
                camel.replace("bindleVersion", "bindle_version")
                        .replace("mediaType", "media_type")
                        .replace("memberOf", "member_of")
                        .replace("allowedHosts", "allowed_hosts"));

        List<ModuleSettings> drafts = reader().read(ID, problems);

        assertThat(texts(problems)).isEmpty();
        assertThat(drafts).hasSize(1);
        assertThat(drafts).usingRecursiveComparison().isEqualTo(expected);
        assertThat(drafts.get(0).allowedHosts).containsExactly("https://a.example");
    }

    @Test
    void read_moduleThatRequiresFiles_hasThemAtItsRoot() throws IOException {
        invoice(directory, WITH_FILES + wasm("plain.wasm", "plain") + route("/plain"));
        content(directory, "a", "a");
        content(directory, "b", "b");
        content(directory, "code", "code");
        Map<String, byte[]> filled = new HashMap<>();
        Path there = directory.resolve("there");
        BindleReader reader = new BindleReader(BindleSource.directory(directory), files -> {
            filled.putAll(files);
            return there;
        });

        List<ModuleSettings> drafts = reader.read(ID, problems);

        assertThat(texts(problems)).isEmpty();
        assertThat(drafts).hasSize(2);
        assertThat(drafts.get(0).volumes).containsExactly(VolumeEntry.readOnly("/", there));
        assertThat(drafts.get(1).volumes).isEmpty();
        assertThat(filled)
                .containsOnlyKeys("a.png", "b.png")
                .containsEntry("a.png", "a".getBytes(StandardCharsets.UTF_8));
        assertThat(reader.resolve(ModuleReference.parse(drafts.get(0).module)).bytes())
                .asString()
                .isEqualTo("code");
    }

    @Test
    void resolve_moduleThatRequiresFiles_isRefused() throws IOException {
        invoice(directory, WITH_FILES);
        content(directory, "code", "code");

        assertThatThrownBy(() -> resolve("bindle:" + ID))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessage("bindle " + ID + " (" + invoiceFile()
                        + "), parcel \"hello.wasm\": requires 2 files of the bindle, which are mounted only when the"
                        + " bindle is served as a whole; serve the bindle instead of one of its modules, or remove the"
                        + " group from conditions.requires");
    }

    record Mounted(String what, String parcels, String place, String problem) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<Mounted> wrongFiles() {
        String name =
                "cannot be mounted under its name, because it is not a relative path without empty and dot segments;"
                        + " name it for instance \"static/logo.png\"";
        String taken = "cannot be mounted, because its path conflicts with that of another file; rename one";
        return Stream.of(
                new Mounted("parent", file("../a", "a"), "\"../a\"", name),
                new Mounted("parent in the middle", file("x/../../a", "a"), "\"x/../../a\"", name),
                new Mounted("absolute", file("/etc/passwd", "a"), "\"/etc/passwd\"", name),
                new Mounted("dot", file("./a", "a"), "\"./a\"", name),
                new Mounted("slash at the end", file("a/", "a"), "\"a/\"", name),
                new Mounted("empty", file("", "a"), "\"\"", name),
                new Mounted("backslash", file("a\\\\b", "a"), "\"a\\b\"", name),
                new Mounted("twice", file("a", "a") + file("a", "b"), "\"a\"", taken),
                new Mounted("a file and a directory", file("a", "a") + file("a/b", "b"), "\"a/b\"", taken),
                new Mounted("a directory and a file", file("a/b", "a") + file("a", "b"), "\"a\"", taken),
                new Mounted(
                        "not there", file("c", "c"), "\"c\"", "there is no such file, so the bindle is incomplete;"),
                new Mounted(
                        "too large",
                        file("a", "a").replaceFirst("size = \\d+", "size = 67108865"),
                        "\"hello.wasm\"",
                        "the files that it requires have more than 64 MiB in total; mount them as a volume in a"
                                + " modules.toml"),
                new Mounted(
                        "other bytes",
                        file("a", "d"),
                        "\"a\"",
                        "has the SHA-256 " + sha256("other") + ", not that of its label;"));
    }

    private static String file(String name, String content) {
        return parcel(name, "text/plain", content)
                + "feature.wagi.file = \"true\"\n[parcel.conditions]\nmemberOf = [\"g\"]\n";
    }

    @ParameterizedTest
    @MethodSource("wrongFiles")
    void read_fileThatCannotBeMounted_isAProblem(Mounted row) throws IOException {
        invoice(
                directory,
                HEAD + wasm("hello.wasm", "code") + route("/hello") + "[parcel.conditions]\nrequires = [\"g\"]\n"
                        + row.parcels.replaceFirst(
                                "size = 1\\b", row.what.equals("other bytes") ? "size = 5" : "size = 1"));
        content(directory, "a", "a");
        content(directory, "b", "b");
        content(directory, "d", "other");

        List<ModuleSettings> drafts =
                new BindleReader(BindleSource.directory(directory), files -> directory).read(ID, problems);

        assertThat(drafts).isEmpty();
        assertThat(texts(problems)).singleElement().asString().contains(", parcel " + row.place + ": " + row.problem);
    }

    @Test
    void read_filesThatCannotBeKept_areAProblem() throws IOException {
        invoice(directory, WITH_FILES);
        content(directory, "a", "a");
        content(directory, "b", "b");
        BindleReader reader = new BindleReader(BindleSource.directory(directory), files -> {
            throw new IOException("the disk is full");
        });

        assertThat(reader.read(ID, problems)).isEmpty();
        assertThat(texts(problems))
                .containsExactly("bindle " + ID + " (" + invoiceFile()
                        + "), parcel \"hello.wasm\": the files that it requires cannot be stored (the disk is full);"
                        + " free space for temporary files, or mount them as a volume in a modules.toml");
    }

    @Test
    void resolve_moduleThatRequiresFiles_isAProblem() throws IOException {
        invoice(directory, WITH_FILES);
        content(directory, "code", "code");

        for (String reference : List.of("bindle:" + ID, "bindle:" + ID + "@" + sha256("code"))) {
            assertThatThrownBy(() -> resolve(reference))
                    .isInstanceOf(ModuleLoadException.class)
                    .hasMessageContaining("requires 2 files of the bindle");
        }
    }

    @Test
    void resolve_referenceOfADraft_isTheParcel() throws IOException {
        invoice(directory, HEAD + GOOD);
        Path file = content(directory, "code", "code");
        BindleReader reader = reader();
        ModuleSettings draft = reader.read(ID, problems).get(0);

        ModuleConfiguration module = check(draft).orElseThrow();
        ResolvedModule resolved = reader.resolve(module.source());

        assertThat(module.source().scheme()).isEqualTo(reader.scheme());
        assertThat(module.source().sha256()).contains(sha256("code"));
        assertThat(resolved.bytes()).asString(StandardCharsets.UTF_8).isEqualTo("code");
        assertThat(resolved.origin()).isEqualTo(file.toString());
    }

    @Test
    void resolve_bindleWithoutParcel_isTheFirstModuleOfTheGlobalGroup() throws IOException {
        invoice(
                directory,
                HEAD + parcel("a.txt", "text/plain", "text") + wasm("g.wasm", "grouped")
                        + "[parcel.conditions]\nmemberOf = [\"g\"]\n" + wasm("first.wasm", "first")
                        + wasm("second.wasm", "second"));
        content(directory, "first", "first");
        content(directory, "grouped", "grouped");

        assertThat(resolve("bindle:" + ID)).isEqualTo("first");
        assertThat(resolve("bindle:" + ID + "#sha256:" + sha256("first"))).isEqualTo("first");
        assertThat(resolve("bindle:" + ID + "@" + sha256("grouped").toUpperCase()))
                .isEqualTo("grouped");
    }

    @Test
    void resolve_parcelWithoutSize_isVerifiedByItsDigest() throws IOException {
        invoice(directory, (HEAD + GOOD).replace("size = 4\n", ""));
        content(directory, "code", "code");

        assertThat(resolve("bindle:" + ID)).isEqualTo("code");

        content(directory, "code", "code and more");
        assertThatThrownBy(() -> resolve("bindle:" + ID)).hasMessageContaining("has the SHA-256 ");
    }

    /**
     * An invalid invoice.
     *
     * @param place the place after the name of the file
     * @param text the rest of the problem, or its beginning
     */
    record Case(String name, String toml, String place, String text) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> wrongInvoices() {
        String good = HEAD + GOOD;
        return Stream.of(
                new Case("empty", "", "", "the key 'bindleVersion' is missing"),
                new Case("no TOML", good + "[[", ", line 13, column 3", "malformed TOML ("),
                new Case("deep", "a = " + "[".repeat(1_000_000), "", "malformed TOML ("),
                new Case("deep keys", "a" + ".a".repeat(100_000) + " = 1", "", "malformed TOML ("),
                new Case("duplicate", good + "name = \"x\"\n", "", "malformed TOML ("),
                new Case(
                        "format 2",
                        good.replace("\"1.0.0\"\n[b", "\"2.0.0\"\n[b"),
                        ", key 'bindleVersion'",
                        "\"2.0.0\" is not"),
                new Case(
                        "format not text",
                        good.replace("\"1.0.0\"\n[b", "1\n[b"),
                        ", key 'bindleVersion'",
                        "is a number, not"),
                new Case(
                        "yanked",
                        "yanked = true\n" + good,
                        ", key 'yanked'",
                        "the bindle was withdrawn by its publisher;"),
                new Case(
                        "yanked not boolean", "yanked = \"yes\"\n" + good, ", key 'yanked'", "is a string; write true"),
                new Case("no bindle", "bindleVersion = \"v1\"\n" + GOOD, "", "the key 'bindle' is missing"),
                new Case(
                        "bindle is text",
                        "bindleVersion = \"v1\"\nbindle = \"x\"\n" + GOOD,
                        ", key 'bindle'",
                        "is a string"),
                new Case(
                        "other name",
                        good.replace("/hello\"\n", "/bye\"\n"),
                        ", key 'bindle'",
                        "this is the invoice of \"example.com/bye/1.0.0\""),
                new Case("no name", HEAD.replace("name =", "nom ="), ", bindle", "the key 'name' is missing"),
                new Case("no parcel", HEAD, "", "no parcel outside groups has the media type application/wasm and"),
                new Case("no route", HEAD + wasm("a.wasm", "a"), "", "no parcel outside groups has"),
                new Case("parcel is a table", HEAD + "[parcel]\nx = 1\n", ", key 'parcel'", "is an object, not a list"),
                new Case("parcel is text", "parcel = [\"x\"]\n" + HEAD, ", parcel 1", "is a string, not a table"),
                new Case("no label", HEAD + "[[parcel]]\n", ", parcel 1", "the key 'label' is missing"),
                new Case(
                        "label is text",
                        HEAD + "[[parcel]]\nlabel = \"x\"\n",
                        ", parcel 1, key 'label'",
                        "is a string"),
                new Case(
                        "no media type",
                        good.replace("mediaType", "type"),
                        ", parcel 1, label",
                        "the key 'mediaType' is missing"),
                new Case(
                        "media type is a list",
                        good.replace("\"application/wasm\"", "[]"),
                        ", parcel 1, label, key 'mediaType'",
                        "is an array"),
                new Case(
                        "short digest",
                        good.replace(sha256("code"), "../../secret"),
                        ", parcel 1, label, key 'sha256'",
                        "\"../../secret\" is not 64"),
                new Case(
                        "size is text",
                        good.replace("size = 4", "size = \"4\""),
                        ", parcel 1, label, key 'size'",
                        "is not a number of bytes"),
                new Case(
                        "size below 0",
                        good.replace("size = 4", "size = -4"),
                        ", parcel 1, label, key 'size'",
                        "is not a number of bytes"),
                new Case(
                        "huge size",
                        good.replace("size = 4", "size = 99999999999999999999"),
                        ", parcel 1, label, key 'size'",
                        "is not a number of"),
                new Case(
                        "route is a number",
                        good.replace("\"/hello/...\"", "1"),
                        ", parcel 1, label, feature.wagi, key 'route'",
                        "is a number"),
                new Case(
                        "route with newline",
                        good.replace("\"/hello/...\"", "\"/\\u001b\\n\""),
                        ", parcel 1, label, feature.wagi, key 'route'",
                        "\"/??\" contains a control"),
                new Case(
                        "file is a boolean",
                        good + "feature.wagi.file = true\n",
                        ", parcel 1, label, feature.wagi, key 'file'",
                        "is a boolean"),
                new Case(
                        "feature is text",
                        HEAD + wasm("a", "a") + "feature = \"x\"\n",
                        ", parcel 1, label, key 'feature'",
                        "is a string"),
                new Case(
                        "wagi is text",
                        HEAD + wasm("a", "a") + "feature.wagi = \"x\"\n",
                        ", parcel 1, label, feature, key 'wagi'",
                        "is a string"),
                new Case(
                        "group is text",
                        good + "[parcel.conditions]\nmemberOf = \"g\"\n",
                        ", parcel 1, conditions, key 'memberOf'",
                        "is not a list"),
                new Case(
                        "groups are numbers",
                        good + "[parcel.conditions]\nrequires = [1]\n",
                        ", parcel 1, conditions, key 'requires'",
                        "is not a list"),
                new Case(
                        "conditions are a list",
                        HEAD + "[[parcel]]\nconditions = []\n",
                        ", parcel 1, key 'conditions'",
                        "is an array"));
    }

    @ParameterizedTest
    @MethodSource("wrongInvoices")
    void read_wrongInvoice_isAProblem(Case wrong) throws IOException {
        invoice(directory, wrong.toml());

        assertThat(reader().read(ID, problems)).isEmpty();
        assertThat(texts(problems).get(0))
                .startsWith("bindle " + ID + " (" + invoiceFile() + ")" + wrong.place())
                .contains(": " + wrong.text())
                .hasSizeLessThan(directory.toString().length() + 500);
    }

    @Test
    void read_manyThingsWrong_tellsAllOfThem() throws IOException {
        invoice(
                directory,
                "yanked = true\n" + HEAD + wasm("a", "a").replace("size = 1", "size = true") + "[[parcel]]\n");

        reader().read(ID, problems);

        assertThat(texts(problems)).hasSize(3);
    }

    @Test
    void read_wrongFeatures_areToldByTheDraft() throws IOException {
        invoice(
                directory,
                HEAD + wasm("a.wasm", "a") + route("a")
                        + "feature.wagi.argv = \" \"\nfeature.wagi.entrypoint = \"\"\nfeature.wagi.allowed_hosts ="
                        + " \"a\"\n");

        reader().read(ID, problems).forEach(draft -> check(draft));

        assertThat(texts(problems))
                .hasSize(4)
                .allSatisfy(text -> assertThat(text).contains("invoice.toml), parcel \"a.wasm\", key '"));
    }

    @Test
    void read_notUtf8_isAProblem() throws IOException {
        Files.write(invoice(directory, ""), new byte[] {'#', (byte) 0xff});

        reader().read(ID, problems);

        assertThat(texts(problems))
                .singleElement()
                .asString()
                .endsWith("the invoice is not UTF-8 text; save it as UTF-8");
    }

    @Test
    void read_invoiceOverTheLimit_isAProblem() throws IOException {
        invoice(directory, "#".repeat((4 << 20) + 1));

        reader().read(ID, problems);

        assertThat(texts(problems))
                .singleElement()
                .asString()
                .endsWith("is larger than the 4194304 bytes an invoice may have; is it one?");
    }

    @Test
    void read_missingFiles_areProblems() throws IOException {
        Path nowhere = directory.resolve("nowhere");
        new BindleReader(BindleSource.directory(nowhere)).read(ID, problems);
        reader().read(ID, problems);
        Files.createDirectories(invoiceFile().getParent());
        reader().read(ID, problems);
        reader().read("hello\n", problems);

        assertThat(texts(problems))
                .containsExactly(
                        "bindle " + ID + " (" + nowhere.resolve(sha256(ID)).resolve("invoice.toml")
                                + "): there is no directory " + nowhere + "; check the path of the bindles",
                        "bindle " + ID + " (" + invoiceFile() + "): there is no directory "
                                + invoiceFile().getParent()
                                + ", where a bindle of this name and version would be;"
                                + " check both, or export the bindle to " + directory,
                        "bindle " + ID + " (" + invoiceFile()
                                + "): there is no such file, so the bindle is incomplete; export it again",
                        "bindle: \"hello?\" is not the name and version of a bindle; write for instance"
                                + " \"example.com/hello/1.0.0\"");
    }

    /**
     * An invalid parcel.
     *
     * @param content the content of the file; null if the file is missing
     */
    record WrongParcel(String name, String toml, @Nullable String content, String text) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<WrongParcel> wrongParcels() {
        String good = HEAD + GOOD;
        return Stream.of(
                new WrongParcel(
                        "missing", good, null, "there is no such file, so the bindle is incomplete; export it again"),
                new WrongParcel(
                        "longer", good, "code!", "has more than the 4 bytes of its label; the file was changed"),
                new WrongParcel("shorter", good, "cod", "has 3 bytes, fewer than the 4 bytes of its label;"),
                new WrongParcel("empty", good, "", "has 0 bytes, fewer than the 4 bytes of its label;"),
                new WrongParcel(
                        "changed", good, "c0de", "has the SHA-256 " + sha256("c0de") + ", not that of its label;"),
                new WrongParcel(
                        "too large",
                        good.replace("size = 4", "size = 600000000"),
                        "code",
                        "is larger than the 536870912 bytes a parcel may have; is it a module?"));
    }

    @ParameterizedTest
    @MethodSource("wrongParcels")
    void resolve_wrongParcel_isAProblem(WrongParcel wrong) throws IOException {
        invoice(directory, wrong.toml());
        Path file = content(directory, "code", String.valueOf(wrong.content()));
        if (wrong.content() == null) {
            Files.delete(file);
        }

        assertThatThrownBy(() -> resolve("bindle:" + ID))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageStartingWith("bindle " + ID + ", parcel \"hello.wasm\" (" + file + "): " + wrong.text());
    }

    @Test
    void resolve_sparseFileWithoutSize_isNotReadWhole() throws IOException {
        invoice(directory, (HEAD + GOOD).replace("size = 4\n", ""));
        try (RandomAccessFile file =
                new RandomAccessFile(content(directory, "code", "").toFile(), "rw")) {
            file.setLength(1L << 40);
        }

        assertThatThrownBy(() -> resolve("bindle:" + ID)).hasMessageContaining("is larger than the 536870912 bytes");
    }

    @Test
    void resolve_wrongReference_isAProblem() throws IOException {
        invoice(directory, HEAD + parcel("a.txt", "text/plain", "text"));

        assertThatThrownBy(() -> resolve("bindle:hello"))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageStartingWith("\"bindle:hello\" is not the name and version of a bindle; write");
        assertThatThrownBy(() -> resolve("bindle:" + ID))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageContaining(": no parcel outside groups has the media type application/wasm;");
        assertThatThrownBy(() -> resolve("bindle:" + ID + "@../x"))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageContaining(": has no parcel \"../x\";");
        assertThatThrownBy(() -> resolve("bindle:example.com/other/1.0.0"))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageContaining("there is no directory");
    }

    @Test
    void resolve_yankedBindle_isRefused() throws IOException {
        invoice(directory, "yanked = true\n" + HEAD + GOOD);
        content(directory, "code", "code");

        assertThatThrownBy(() -> resolve("bindle:" + ID + "@" + sha256("code")))
                .isInstanceOf(ModuleLoadException.class)
                .hasMessageContaining("the bindle was withdrawn by its publisher; use another version");
    }

    /** Validates a bindle as a host does. */
    private Optional<ModuleConfiguration> check(ModuleSettings settings) {
        ModuleDraft draft = new ModuleDraft("nowhere");
        settings.applyTo(draft);
        return draft.check(new HashSet<>(), Map.of(), Limits.defaults(), problems);
    }

    private BindleReader reader() {
        return new BindleReader(BindleSource.directory(directory));
    }

    private Path invoiceFile() {
        return directory.resolve(sha256(ID)).resolve("invoice.toml");
    }

    private String resolve(String reference) {
        byte[] bytes = reader().resolve(ModuleReference.parse(reference)).bytes();
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
