// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.chicory;

import com.dylibso.chicory.runtime.ChicoryInterruptedException;
import com.dylibso.chicory.runtime.ExecutionListener;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.MStack;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.types.Instruction;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the engine's interpreter does not bound itself: how long it runs, and what its frames and its operand stack take
 * of the heap. One for each instance that has interpreted functions; for one thread at a time.
 *
 * <p>The interpreter calls {@link #onExecution} before every instruction, and our {@link GuestInterpreter} and
 * {@link InterpretedFunctions} call {@link #enter} before every call. So no instruction has to be known here: whichever
 * one jumps backwards, the next one is counted.
 */
final class InterpreterBounds implements ExecutionListener {

    /** The most bytes that frames and operand stack of one guest may take. */
    static final int MAX_BYTES = 32 << 20;

    /** Instructions between two looks at whether the guest is to be stopped, less one. */
    private static final int EVERY = 0x3f;

    /** What is taken from {@link GuestHeap} at once: most guests never come back for more. */
    private static final int STEP = 1 << 18;

    /** The operand stack is an array that doubles: the old one, the new one, and what is not used of it. */
    private static final int VALUE_BYTES = 3 * Long.BYTES;

    /** The values of an operand stack that an instance may keep from one run to the next. */
    private static final int KEPT_VALUES = 1 << 13;

    /** More than any message names. */
    private static final int MAX_PASSED = 64;

    private static final ThreadLocal<InterpreterBounds> CURRENT = new ThreadLocal<>();

    private final FrameSizes sizes;
    private final GuestHeap.Charge charge;
    private final InterpretedOperands operands = new InterpretedOperands();

    private int executed;
    private int values;
    private long used;
    private long charged;

    /** What was thrown last, and the functions that it has passed. */
    private @Nullable Throwable unwinding;

    private final List<Integer> passed = new ArrayList<>();

    /**
     * Creates the bounds of one instance.
     *
     * @param sizes of the functions of its module
     * @param charge the account that it is charged to
     */
    InterpreterBounds(FrameSizes sizes, GuestHeap.Charge charge) {
        this.sizes = sizes;
        this.charge = charge;
    }

    /** Makes the machine of an instance; {@link #current} gives these bounds meanwhile. */
    Machine during(Instance instance, Function<Instance, Machine> machines) {
        operands.use(instance);
        CURRENT.set(this);
        try {
            return machines.apply(instance);
        } finally {
            CURRENT.remove();
        }
    }

    /** The bounds of the instance that is being made by this thread: compiled code makes its interpreter itself. */
    static InterpreterBounds current() {
        InterpreterBounds bounds = CURRENT.get();
        if (bounds == null) {
            throw new IllegalStateException("BUG: an interpreter without bounds; please report this");
        }
        return bounds;
    }

    /** Starts a run, with nothing charged. */
    void begin() {
        unwinding = null;
        used = (long) values * VALUE_BYTES;
        charged = 0;
    }

    /** Whether the engine keeps more of the last run than an instance that waits may take. */
    boolean isStretched() {
        return values > KEPT_VALUES;
    }

    @Override
    public void onExecution(Instruction instruction, MStack stack) {
        if ((++executed & EVERY) == 0 && Thread.currentThread().isInterrupted()) {
            throw new ChicoryInterruptedException("interrupted");
        }
        if (stack.size() >= values) {
            grow(stack.size());
        }
        operands.prepare(instruction, stack);
    }

    private void grow(int size) {
        int more = Math.max(2 * size, MStack.MIN_CAPACITY) - values;
        take((long) more * VALUE_BYTES);
        values += more;
    }

    /**
     * Called before a function is called.
     *
     * @return what to {@link #leave} with
     * @throws ChicoryException if there is no room for its frame
     */
    int enter(int function) {
        int bytes = sizes.of(function);
        take(bytes);
        return bytes;
    }

    /** Called when the function has returned or thrown. */
    void leave(int bytes) {
        used -= bytes;
    }

    /** Called when an exception, or the end of the stack, passes an interpreted function. */
    void unwound(int function, Throwable failure) {
        if (failure != unwinding) {
            unwinding = failure;
            passed.clear();
        }
        if (passed.size() < MAX_PASSED) {
            passed.add(function);
        }
    }

    /** {@return the interpreted functions that it has passed, the innermost first} */
    List<Integer> passed(Throwable failure) {
        return failure == unwinding ? List.copyOf(passed) : List.of();
    }

    private void take(long bytes) {
        long sum = used + bytes;
        if (sum > charged + STEP) {
            if (sum > MAX_BYTES) {
                throw new ChicoryException("call stack exhausted: interpreted functions take " + sum
                        + " bytes of heap for locals and operands, the limit is " + MAX_BYTES);
            }
            long more = sum - charged;
            if (!charge.take(more)) {
                throw new ChicoryException(
                        "call stack exhausted: other guests have taken half of the JVM's heap, see -Xmx");
            }
            charged += more;
        }
        used = sum;
    }
}
