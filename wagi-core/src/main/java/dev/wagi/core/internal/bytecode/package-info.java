// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0

/**
 * What is done to the classes that the engine's compiler makes of a module, before they are loaded: their code is bound
 * to our own memory, made smaller and faster, and methods that HotSpot would not compile are split.
 *
 * <pre>
 * compiler -> {@link dev.wagi.core.internal.bytecode.CodePass} -> class writer -> class loader
 *               Emission      gets each function from the compiler, patched by CompilerPatch
 *               CompileThreads  does what follows for several functions of a large module at a time
 *               Rebind        memory accesses go straight to FlatMemory
 *               Peephole      calls that are one instruction become that instruction
 *               Interrupts    one check per function and loop instead of one per call
 *               Slots         the locals that are used most get the short instructions
 *               Splitter      a method that is still too large becomes several
 *               Countdown     short loops in the others check once in some rounds
 * </pre>
 *
 * Engine classes appear as names in strings only. Not exported.
 */
@NullMarked
package dev.wagi.core.internal.bytecode;

import org.jspecify.annotations.NullMarked;
