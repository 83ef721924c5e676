// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.node;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** Which packages may use which others. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.wagi.node");

    @Test
    void packages_dependInOneDirection() {
        slices().matching("dev.wagi.node.(**)").should().beFreeOfCycles().check(CLASSES);
        noClasses()
                .that()
                .resideInAPackage("dev.wagi.node.*..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("dev.wagi.node")
                .check(CLASSES);
    }

    /** Its model may be used everywhere, because it represents the objects of Kubernetes. */
    @Test
    void clientOfKubernetes_isUsedInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackages(
                        "dev.wagi.node.internal.cluster", "dev.wagi.node", "dev.wagi.node.internal.pod")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.fabric8.kubernetes.client..")
                .check(CLASSES);
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.wagi.node.internal.cluster")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.fabric8.kubernetes.client",
                        "io.fabric8.kubernetes.client.http..",
                        "io.fabric8.kubernetes.client.utils..")
                .check(CLASSES);
    }

    @Test
    void jetty_isUsedInOnePackage() {
        noClasses()
                .that()
                .resideOutsideOfPackage("dev.wagi.node.internal.kubelet")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("org.eclipse.jetty..")
                .check(CLASSES);
    }

    /** Change the list only deliberately. */
    @Test
    void publicTypes_areThese() {
        assertThat(CLASSES.stream()
                        .filter(each -> each.getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(each -> !each.getPackageName().contains(".internal"))
                        .map(JavaClass::getName))
                .containsExactlyInAnyOrder(
                        "dev.wagi.node.WagiNode", "dev.wagi.node.WagiNode$Builder", "dev.wagi.node.api.NodeException");
    }

    @Test
    void publicMethods_nameNoTypeOfOthers() {
        assertThat(CLASSES.stream()
                        .filter(each -> !each.getPackageName().contains(".internal"))
                        .flatMap(each -> each.getMethods().stream())
                        .filter(method -> method.getModifiers().contains(JavaModifier.PUBLIC)
                                && !method.getModifiers().contains(JavaModifier.SYNTHETIC))
                        .filter(method -> method.getOwner().getModifiers().contains(JavaModifier.PUBLIC))
                        .filter(ArchitectureTest::namesOthers)
                        .map(JavaMethod::getFullName))
                .isEmpty();
    }

    private static boolean namesOthers(JavaMethod method) {
        return java.util.stream.Stream.concat(
                        java.util.stream.Stream.of(method.getRawReturnType()), method.getRawParameterTypes().stream())
                .map(JavaClass::getBaseComponentType)
                .anyMatch(type -> !type.isPrimitive()
                        && !type.getPackageName().startsWith("java.")
                        && !type.getPackageName().startsWith("dev.wagi."));
    }
}
