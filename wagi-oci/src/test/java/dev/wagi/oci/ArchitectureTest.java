// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.oci;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
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
import dev.wagi.core.module.ModuleResolver;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The direction of dependencies, and the list of public types. */
class ArchitectureTest {

    private static final String ROOT = "dev.wagi.oci";
    private static final List<String> EXPORTED = List.of(ROOT, ROOT + ".client");
    private static final Set<String> EXPORTED_BY_CORE =
            Set.of("dev.wagi.core", "dev.wagi.core.api", "dev.wagi.core.module");

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages(ROOT);

    @Test
    void packages_dependInOneDirection() {
        Architectures.layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .layer("service")
                .definedBy(ROOT + ".internal.service")
                .layer("client")
                .definedBy(ROOT + ".client")
                .layer("pull")
                .definedBy(ROOT + ".internal.pull")
                .layer("registry")
                .definedBy(ROOT + ".internal.registry")
                .layer("auth")
                .definedBy(ROOT + ".internal.auth")
                .layer("http")
                .definedBy(ROOT + ".internal.http")
                .layer("credentials")
                .definedBy(ROOT + ".internal.credentials")
                .layer("layer")
                .definedBy(ROOT + ".internal.layer")
                .layer("manifest")
                .definedBy(ROOT + ".internal.manifest")
                .layer("store")
                .definedBy(ROOT + ".internal.store")
                .layer("tar")
                .definedBy(ROOT + ".internal.tar")
                .layer("signature")
                .definedBy(ROOT + ".internal.signature")
                .layer("values")
                .definedBy(ROOT)
                .whereLayer("service")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("client")
                .mayOnlyBeAccessedByLayers("service")
                .whereLayer("pull")
                .mayOnlyBeAccessedByLayers("client")
                .whereLayer("registry")
                .mayOnlyBeAccessedByLayers("client", "pull")
                .whereLayer("auth")
                .mayOnlyBeAccessedByLayers("client", "registry")
                .whereLayer("http")
                .mayOnlyBeAccessedByLayers("client", "registry", "auth")
                .whereLayer("credentials")
                .mayOnlyBeAccessedByLayers("client")
                .whereLayer("layer")
                .mayOnlyBeAccessedByLayers("pull")
                .whereLayer("manifest")
                .mayOnlyBeAccessedByLayers("pull", "registry", "layer")
                .whereLayer("store")
                .mayOnlyBeAccessedByLayers("pull")
                .whereLayer("tar")
                .mayOnlyBeAccessedByLayers("store", "layer")
                .whereLayer("signature")
                .mayOnlyBeAccessedByLayers("client", "pull")
                .check(CLASSES);
    }

    @Test
    void storeAndSignatures_knowNoRegistry() {
        noClasses()
                .that()
                .resideInAnyPackage(ROOT + ".internal.store", ROOT + ".internal.signature", ROOT + ".internal.tar")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.net..",
                        ROOT + ".client",
                        ROOT + ".internal.service",
                        ROOT + ".internal.pull",
                        ROOT + ".internal.registry",
                        ROOT + ".internal.auth",
                        ROOT + ".internal.http",
                        ROOT + ".internal.credentials")
                .check(CLASSES);
    }

    @Test
    void packages_haveNoCycles() {
        slices().matching(ROOT + ".(**)").should().beFreeOfCycles().check(CLASSES);
    }

    @Test
    void values_useNothingButTheJdkAndCoresExceptions() {
        classes()
                .that()
                .resideInAPackage(ROOT)
                .should()
                .onlyDependOnClassesThat()
                .resideInAnyPackage(ROOT, "java..", "org.jspecify..", "dev.wagi.core.api", "dev.wagi.core.module")
                .check(CLASSES);
    }

    @Test
    void http_isSpokenInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + ".internal.http")
                .should()
                .dependOnClassesThat(describe(
                        "send requests",
                        type -> type.getName().equals("java.net.http.HttpClient")
                                || type.getName().equals("java.net.Socket")))
                .check(CLASSES);
    }

    @Test
    void core_isUsedThroughItsExportedPackagesOnly() {
        noClasses()
                .should()
                .dependOnClassesThat(describe(
                        "are internal to wagi-core",
                        type -> type.getPackageName().startsWith("dev.wagi.core")
                                && !EXPORTED_BY_CORE.contains(type.getPackageName())))
                .check(CLASSES);
    }

    @Test
    void exportedSignatures_nameNoTypeOfOthers() {
        exported()
                .forEach(type -> type.getMembers().stream()
                        .filter(member -> member.getModifiers().contains(JavaModifier.PUBLIC)
                                || member.getModifiers().contains(JavaModifier.PROTECTED))
                        .flatMap(member -> member.getAllInvolvedRawTypes().stream())
                        .forEach(used -> assertThat(used.getBaseComponentType().getPackageName())
                                .as("a type in a signature of %s", type.getName())
                                .matches(name -> name.isEmpty()
                                        || name.startsWith("java.")
                                        || EXPORTED.contains(name)
                                        || EXPORTED_BY_CORE.contains(name))));
    }

    /** Growth of the public API is a decision: change this list only deliberately. */
    @Test
    void exportedTypes_areThese() {
        assertThat(exported().map(type -> type.getName().substring(ROOT.length() + 1)))
                .containsExactlyInAnyOrder(
                        "CredentialSource",
                        "Credentials",
                        "Credentials$Kind",
                        "Digest",
                        "ModuleLayout",
                        "OciException",
                        "OciException$BadCredentials",
                        "OciException$DigestMismatch",
                        "OciException$Insecure",
                        "OciException$NeverPulled",
                        "OciException$NotFound",
                        "OciException$StoreFailed",
                        "OciException$Unauthorized",
                        "OciException$Unavailable",
                        "OciException$Unsigned",
                        "OciException$Unsupported",
                        "OciReference",
                        "SignatureMode",
                        "TransferListener",
                        "TransferListener$Finished",
                        "TransferListener$Progressed",
                        "TransferListener$Retrying",
                        "TransferListener$Started",
                        "client.OciClient",
                        "client.OciClient$Builder",
                        "client.OciModule",
                        "client.OciModuleResolver");
    }

    /**
     * The components of a record are frozen with its first release, so only types that will never get another one may
     * be records.
     */
    @Test
    void exportedRecords_areThese() {
        assertThat(exported().filter(type -> type.isRecord()).map(JavaClass::getSimpleName))
                .containsExactly("Digest");
    }

    /** Callers omit an optional value; there are overloads and {@code withX} methods for that. */
    @Test
    void exportedMethods_takeNoOptional() {
        assertThat(exported()
                        .flatMap(type -> type.getCodeUnits().stream())
                        .filter(unit -> unit.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(unit -> unit.getParameterTypes().stream()
                                .flatMap(type -> type.getAllInvolvedRawTypes().stream())
                                .anyMatch(type -> type.isEquivalentTo(Optional.class))))
                .isEmpty();
    }

    /** Other public types are interfaces, or final classes with factories or builders, so that they can grow. */
    @Test
    void exportedConstructors_areOfExceptionsOnly() {
        assertThat(exported()
                        .filter(type -> !type.isRecord() && !type.isEnum())
                        .flatMap(type -> type.getConstructors().stream())
                        .filter(constructor -> constructor.getModifiers().contains(JavaModifier.PUBLIC))
                        .map(constructor -> constructor.getOwner())
                        .filter(type -> !type.isAssignableTo(OciException.class))
                        .distinct())
                .isEmpty();
    }

    @Test
    void packages_areNullMarked() {
        assertThat(CLASSES.stream().map(JavaClass::getPackage).distinct())
                .isNotEmpty()
                .allMatch(each -> each.isAnnotatedWith(NullMarked.class));
    }

    @Test
    void resolver_isFoundByTheServiceLoader() {
        assertThat(ServiceLoader.load(ModuleResolver.class))
                .map(ModuleResolver::scheme)
                .containsExactly("oci");
    }

    private static Stream<JavaClass> exported() {
        return CLASSES.stream()
                .filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC))
                .filter(type -> EXPORTED.contains(type.getPackageName()));
    }
}
