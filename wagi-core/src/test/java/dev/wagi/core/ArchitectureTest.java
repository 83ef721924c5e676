// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.Architectures;
import dev.wagi.core.api.WagiException;
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

    @Test
    void packages_dependInOneDirection() {
        Architectures.layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("front door")
                .definedBy(ROOT)
                .layer("config")
                .definedBy(ROOT + ".config")
                .layer("configuration")
                .definedBy(ROOT + ".configuration")
                .layer("body")
                .definedBy(ROOT + ".body")
                .layer("cgi")
                .definedBy(ROOT + ".cgi")
                .layer("chicory")
                .definedBy(ROOT + ".internal.chicory")
                .layer("bytecode")
                .definedBy(ROOT + ".internal.bytecode")
                .layer("cache")
                .definedBy(ROOT + ".internal.cache")
                .layer("sandbox")
                .definedBy(ROOT + ".sandbox")
                .layer("outbound")
                .definedBy(ROOT + ".outbound")
                .layer("transport")
                .definedBy(ROOT + ".transport")
                .layer("spi")
                .definedBy(ROOT + ".spi")
                .layer("stack")
                .definedBy(ROOT + ".stack")
                .layer("volume")
                .definedBy(ROOT + ".volume")
                .layer("route")
                .definedBy(ROOT + ".route")
                .layer("module")
                .definedBy(ROOT + ".module")
                .layer("api")
                .definedBy(ROOT + ".api")
                .whereLayer("front door")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("config")
                .mayOnlyBeAccessedByLayers("front door")
                .whereLayer("configuration")
                .mayOnlyBeAccessedByLayers("front door", "config")
                .whereLayer("chicory")
                .mayOnlyBeAccessedByLayers("front door")
                .whereLayer("bytecode")
                .mayOnlyBeAccessedByLayers("chicory")
                .whereLayer("cache")
                .mayOnlyBeAccessedByLayers("front door", "chicory")
                .whereLayer("body")
                .mayOnlyBeAccessedByLayers("front door")
                .whereLayer("cgi")
                .mayOnlyBeAccessedByLayers("front door", "config")
                .whereLayer("sandbox")
                .mayOnlyBeAccessedByLayers("front door", "cgi", "chicory", "outbound")
                .whereLayer("outbound")
                .mayOnlyBeAccessedByLayers("front door", "config")
                .whereLayer("transport")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("spi")
                .mayOnlyBeAccessedByLayers("front door", "chicory")
                .whereLayer("stack")
                .mayOnlyBeAccessedByLayers("front door", "cgi", "chicory", "volume")
                .whereLayer("volume")
                .mayOnlyBeAccessedByLayers("front door", "config", "chicory", "sandbox")
                .whereLayer("route")
                .mayOnlyBeAccessedByLayers("front door", "config", "cgi")
                .whereLayer("module")
                .mayOnlyBeAccessedByLayers("front door", "config", "configuration")
                .check(CLASSES);
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
                        "api.GuestLog",
                        "api.Headers",
                        "api.Headers$Builder",
                        "api.Headers$Field",
                        "api.Limits",
                        "api.ModuleLoadException",
                        "api.OutboundHttpClient",
                        "api.OutboundHttpClient$Request",
                        "api.OutboundHttpClient$Request$Builder",
                        "api.OutboundHttpClient$Response",
                        "api.Problems",
                        "api.Remedy",
                        "api.ResponseSink",
                        "api.RouteInfo",
                        "api.WagiConfigException",
                        "api.WagiConfigException$Problem",
                        "api.WagiException",
                        "api.WagiListener",
                        "api.WagiListener$GuestAbandoned",
                        "api.WagiListener$LimitReached",
                        "api.WagiListener$ModuleLoaded",
                        "api.WagiListener$ModuleLoading",
                        "api.WagiListener$OutboundCall",
                        "api.WagiRequest",
                        "api.WagiRequest$Builder",
                        "api.WagiRequest$Readiness",
                        "api.WagiResponse",
                        "configuration.ConfigurationBuilder",
                        "configuration.ConfigurationFormat",
                        "configuration.ConfigurationSource",
                        "configuration.ModuleBuilder",
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
