// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaCall;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import dev.wagi.core.api.WagiException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The direction of dependencies, and what is public. */
class ArchitectureTest {

    private static final String ROOT = "dev.wagi.core";
    private static final List<String> EXPORTED =
            List.of(ROOT, ROOT + ".api", ROOT + ".configuration", ROOT + ".module");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages(ROOT);

    /** Each package, and those that may use it; all may use {@code api}. {@code .} is the front door. */
    private static final String USERS = """
            .
            internal.request    .
            internal.loading    .  internal.request
            internal.admission  .  internal.request  internal.loading
            internal.log        .  internal.request
            internal.headroom   .  internal.request  internal.log  internal.cgi  internal.chicory  internal.volume
            internal.config     .  internal.request  internal.loading
            internal.chicory    .
            internal.bytecode   internal.chicory
            internal.cache      .  internal.chicory
            internal.body       internal.request
            internal.cgi        internal.request  internal.config
            internal.sandbox    .  internal.request  internal.loading  internal.admission  internal.log  internal.cgi  \
                                internal.chicory  internal.outbound
            internal.outbound   .  internal.request  internal.config
            internal.spi        .  internal.chicory
            internal.text
            internal.thread     internal.loading  internal.headroom  internal.bytecode  internal.sandbox  \
                                internal.outbound
            internal.transport  internal.request  internal.files
            internal.volume     .  internal.request  internal.config  internal.chicory  internal.sandbox  \
                                internal.files  internal.log
            internal.files      internal.request
            internal.route      internal.request  internal.loading  internal.config  internal.cgi
            configuration       .  internal.config
            module              .  internal.request  internal.loading  internal.config  configuration
            """;

    @Test
    void packages_dependInOneDirection() {
        Architectures.LayeredArchitecture layers =
                Architectures.layeredArchitecture().consideringOnlyDependenciesInLayers();
        for (String line : USERS.lines().toList()) {
            String name = line.split(" ")[0];
            layers = layers.layer(name).definedBy(name.equals(".") ? ROOT : ROOT + "." + name);
        }
        for (String line : USERS.lines().toList()) {
            String[] names = line.split(" +");
            layers = names.length == 1
                    ? layers.whereLayer(names[0]).mayNotBeAccessedByAnyLayer()
                    : layers.whereLayer(names[0]).mayOnlyBeAccessedByLayers(Arrays.copyOfRange(names, 1, names.length));
        }
        layers.check(CLASSES);
    }

    @Test
    void everyPackage_isInTheTable() {
        assertThat(CLASSES.stream()
                        .map(type -> type.getPackageName())
                        .distinct()
                        .filter(name -> !name.equals(ROOT + ".api")))
                .containsExactlyInAnyOrderElementsOf(USERS.lines()
                        .map(line -> line.split(" ")[0])
                        .map(name -> name.equals(".") ? ROOT : ROOT + "." + name)
                        .toList());
    }

    /** Users of the class path see what is not exported, too; its name tells them that it is not for them. */
    @Test
    void packagesThatAreNotExported_areCalledInternal() {
        assertThat(CLASSES.stream()
                        .map(type -> type.getPackageName())
                        .distinct()
                        .filter(name -> !EXPORTED.contains(name)))
                .allMatch(name -> name.startsWith(ROOT + ".internal."));
    }

    @Test
    void packages_haveNoCycles() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void engine_isNamedInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".internal.chicory")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("com.dylibso.chicory..")
                .check(CLASSES);
    }

    @Test
    void asm_isNamedInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".internal.bytecode")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.objectweb.asm..")
                .check(CLASSES);
    }

    @Test
    void jetty_isNamedNowhere() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.jetty..")
                .check(CLASSES);
    }

    /** Formats of files are read elsewhere, by callers of the builder. */
    @Test
    void parsers_areNamedNowhere() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("com.fasterxml..", "org.yaml..", "org.snakeyaml..")
                .check(CLASSES);
    }

    /** The others make threads that end with what they do for one host: those may retain what it has. */
    @Test
    void threads_thatHostsShare_retainNoneOfThem() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".internal.thread")
                .and()
                .haveNameNotMatching(".*\\.(GuestRun|InTime|ModuleLoader)")
                .should()
                .callConstructorWhere(JavaCall.Predicates.target(owner(assignableTo(Thread.class))))
                .check(CLASSES);
    }

    @Test
    void api_usesNothingButTheJdk() {
        classes()
                .that()
                .resideInAPackage(ROOT + ".api")
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(ROOT + ".api", "java..", "org.jspecify..")
                .check(CLASSES);
    }

    @Test
    void exportedSignatures_nameNoTypeOfOthers() {
        for (JavaClass type : exportedTypes()) {
            type.getMembers().stream()
                    .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC)
                            || member.getModifiers().contains(JavaModifier.PROTECTED))
                    .flatMap(member -> member.getAllInvolvedRawTypes().stream())
                    .forEach(used -> assertThat(used.getBaseComponentType().getPackageName())
                            .as("a type in a signature of %s", type.getName())
                            .matches(name -> name.isEmpty()
                                    || name.startsWith("java.")
                                    || name.equals("javax.net.ssl")
                                    || EXPORTED.contains(name)));
        }
    }

    /** Growth of the public API is a decision: change this list when you mean it. */
    @Test
    void exportedTypes_areThese() {
        Set<String> names = new TreeSet<>();
        exportedTypes().forEach(type -> names.add(type.getName().substring(ROOT.length() + 1)));

        assertThat(names)
                .containsExactly(
                        "Wagi",
                        "Wagi$Builder",
                        "Wagi$Engine",
                        "api.GuestInput",
                        "api.GuestLog",
                        "api.Headers",
                        "api.Headers$Builder",
                        "api.Headers$Field",
                        "api.Limits",
                        "api.ModuleInfo",
                        "api.ModuleInfo$AllowedHost",
                        "api.ModuleInfo$Builder",
                        "api.ModuleInfo$State",
                        "api.ModuleInfo$Volume",
                        "api.ModuleLoadException",
                        "api.ModuleUsage",
                        "api.ModuleUsage$Builder",
                        "api.ModuleUsage$Discard",
                        "api.OutboundHttpClient",
                        "api.OutboundHttpClient$Request",
                        "api.OutboundHttpClient$Request$Builder",
                        "api.OutboundHttpClient$Response",
                        "api.Problems",
                        "api.Remedy",
                        "api.RequestOutcome",
                        "api.ResponseSink",
                        "api.RouteInfo",
                        "api.WagiConfigException",
                        "api.WagiConfigException$Problem",
                        "api.WagiException",
                        "api.WagiListener",
                        "api.WagiListener$GuestAbandoned",
                        "api.WagiListener$GuestEnded",
                        "api.WagiListener$GuestLogged",
                        "api.WagiListener$GuestStarted",
                        "api.WagiListener$LimitReached",
                        "api.WagiListener$ModuleLoaded",
                        "api.WagiListener$ModuleLoading",
                        "api.WagiListener$OutboundCall",
                        "api.WagiListener$OutboundCall$Verdict",
                        "api.WagiListener$OutboundStarted",
                        "api.WagiListener$RequestEnded",
                        "api.WagiListener$RequestEnded$Builder",
                        "api.WagiListener$RequestStarted",
                        "api.WagiListener$RequestWarned",
                        "api.WagiRequest",
                        "api.WagiRequest$Builder",
                        "api.WagiRequest$Readiness",
                        "api.WagiResponse",
                        "api.WagiUsage",
                        "api.WagiUsage$Builder",
                        "configuration.ConfigurationBuilder",
                        "configuration.ConfigurationFormat",
                        "configuration.ConfigurationSource",
                        "configuration.ModuleBuilder",
                        "configuration.StaticFilesBuilder",
                        "module.ModuleReference",
                        "module.ModuleResolver",
                        "module.PullOptions",
                        "module.PullPolicy",
                        "module.ResolvedModule");
    }

    /** A record's components are frozen with its first release; only what can never get another one may be a record. */
    @Test
    void exportedRecords_areThese() {
        assertThat(exportedTypes().stream().filter(type -> type.isRecord()).map(JavaClass::getSimpleName))
                .containsExactly("Field");
    }

    /** A value that may be missing is left out by the caller: there are overloads and {@code withX} for that. */
    @Test
    void exportedMethods_takeNoOptional() {
        assertThat(exportedTypes().stream()
                        .flatMap(type -> type.getCodeUnits().stream())
                        .filter(unit -> unit.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(unit -> unit.getParameterTypes().stream()
                                .flatMap(type -> type.getAllInvolvedRawTypes().stream())
                                .anyMatch(type -> type.isEquivalentTo(Optional.class))))
                .isEmpty();
    }

    /** Other public types are interfaces, or final with factories or builders, so that what they hold can grow. */
    @Test
    void exportedConstructors_areOfExceptionsOnly() {
        assertThat(exportedTypes().stream()
                        .filter(type -> !type.isRecord() && !type.isEnum())
                        .flatMap(type -> type.getConstructors().stream())
                        .filter(constructor -> constructor.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(constructor -> constructor.getOwner())
                        .filter(type -> !type.isAssignableTo(WagiException.class))
                        .distinct())
                .isEmpty();
    }

    @Test
    void everyPackage_isNullMarked() throws ClassNotFoundException {
        Set<String> packages = new TreeSet<>();
        CLASSES.forEach(type -> packages.add(type.getPackageName()));
        assertThat(packages).hasSizeGreaterThan(7);
        for (String name : packages) {
            assertThat(Class.forName(name + ".package-info").isAnnotationPresent(NullMarked.class))
                    .as(name)
                    .isTrue();
        }
    }

    private static List<JavaClass> exportedTypes() {
        return CLASSES.stream()
                .filter(type -> EXPORTED.contains(type.getPackageName()))
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> type.getEnclosingClass()
                        .map(outer -> outer.getModifiers().contains(JavaModifier.PUBLIC))
                        .orElse(true))
                .filter(type -> !type.getSimpleName().equals("package-info"))
                .toList();
    }
}
