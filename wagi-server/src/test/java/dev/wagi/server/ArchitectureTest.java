// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaMember;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

class ArchitectureTest {

    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.wagi.server");

    @Test
    void servletApi_isUsedByTheServletOnly() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("jakarta..")
                .check(MAIN);
    }

    @Test
    void transports_doNotKnowEachOther() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("dev.wagi.http..")
                .check(MAIN);
    }

    @Test
    void core_isUsedThroughItsExportedPackagesOnly() {
        noClasses()
                .should()
                .dependOnClassesThat(com.tngtech.archunit.base.DescribedPredicate.describe(
                        "wagi-core does not export to this module",
                        type -> type.getPackageName().startsWith("dev.wagi.core")
                                && !Set.of("dev.wagi.core", "dev.wagi.core.api", "dev.wagi.core.internal.transport")
                                        .contains(type.getPackageName())))
                .check(MAIN);
    }

    @Test
    void publicSignatures_nameNoJettyTypeAndNoAnnotationOfJspecify() {
        assertThat(exported().flatMap(type -> type.getMembers().stream()).filter(ArchitectureTest::isVisible))
                .isNotEmpty()
                .allSatisfy(member -> assertThat(types(member))
                        .noneMatch(name -> name.startsWith("org.eclipse.jetty") || name.startsWith("org.jspecify")));
    }

    @Test
    void exportedTypes_areTheOnesWeMeanToHave() {
        assertThat(exported().map(JavaClass::getName))
                .containsExactlyInAnyOrder(
                        IoThreads.class.getName(),
                        WagiServer.class.getName(),
                        WagiServer.Builder.class.getName(),
                        WagiServerException.class.getName());
    }

    @Test
    void classes_areFinalUnlessTheyAreInterfaces() {
        classes()
                .that()
                .areNotInterfaces()
                .and()
                .haveSimpleNameNotEndingWith("package-info")
                .should()
                .haveModifier(JavaModifier.FINAL)
                .check(MAIN);
    }

    @Test
    void packages_areNullMarkedAndDocumented() {
        List<JavaPackage> packages =
                MAIN.stream().map(JavaClass::getPackage).distinct().toList();

        assertThat(packages).hasSize(1).allMatch(each -> each.isAnnotatedWith(NullMarked.class));
    }

    private static Stream<JavaClass> exported() {
        return MAIN.stream().filter(type -> type.getModifiers().contains(JavaModifier.PUBLIC));
    }

    private static boolean isVisible(JavaMember member) {
        return member.getModifiers().contains(JavaModifier.PUBLIC)
                || member.getModifiers().contains(JavaModifier.PROTECTED);
    }

    private static Stream<String> types(JavaMember member) {
        Stream<String> annotations = member.getAnnotations().stream()
                .map(annotation -> annotation.getRawType().getName());
        Stream<JavaClass> types = member instanceof JavaCodeUnit unit
                ? Stream.concat(unit.getRawParameterTypes().stream(), Stream.of(unit.getRawReturnType()))
                : Stream.empty();
        return Stream.concat(annotations, types.map(JavaClass::getName));
    }
}
