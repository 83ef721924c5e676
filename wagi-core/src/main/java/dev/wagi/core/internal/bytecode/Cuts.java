// SPDX-FileCopyrightText: The WAGI for the JVM authors
// SPDX-License-Identifier: Apache-2.0
package dev.wagi.core.internal.bytecode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where to cut a method: its blocks in order, in as few pieces as their size allows, so that control seldom goes from
 * one piece to another. How often it would is guessed from loops, which should not be cut, inner ones least of all.
 */
final class Cuts {

    /** How much more often a loop's body runs than what is around it. */
    private static final long PER_LOOP = 10;

    private static final int MAX_DEPTH = 6;

    /** The cost of a cut that is not possible. */
    private static final long NEVER = 1L << 40;

    /** The fixed cost of a piece. */
    private static final long PIECE = 3;

    private final Flow flow;
    private final long[] cost;

    /** @param cuttable whether control may go to a block from another piece */
    Cuts(Flow flow, java.util.function.IntPredicate cuttable) {
        this.flow = flow;
        int[] depth = depths();
        // Differences first: an edge costs something at every place between its ends.
        long[] change = new long[flow.blocks.size() + 1];
        for (Flow.Block block : flow.blocks) {
            for (int next : block.successors()) {
                int from = Math.min(block.index(), next);
                int to = Math.max(block.index(), next);
                if (from < to) {
                    int loops = Math.min(MAX_DEPTH, Math.min(depth[from], depth[to]));
                    long weight = cuttable.test(next) ? power(loops) : NEVER;
                    change[from + 1] += weight;
                    change[to + 1] -= weight;
                }
            }
        }
        cost = new long[flow.blocks.size()];
        long here = 0;
        for (int i = 0; i < cost.length; i++) {
            here += change[i];
            cost[i] = here + PIECE;
        }
    }

    private static long power(int loops) {
        long result = 1;
        for (int i = 0; i < loops; i++) {
            result *= PER_LOOP;
        }
        return result;
    }

    /** How many loops each block is in. A loop is what lies between a block and the last one that jumps back to it. */
    private int[] depths() {
        int[] last = new int[flow.blocks.size()];
        Arrays.fill(last, -1);
        for (Flow.Block block : flow.blocks) {
            for (int next : block.successors()) {
                if (next <= block.index()) {
                    last[next] = Math.max(last[next], block.index());
                }
            }
        }
        int[] depths = new int[last.length + 1];
        for (int header = 0; header < last.length; header++) {
            if (last[header] >= 0) {
                depths[header]++;
                depths[last[header] + 1]--;
            }
        }
        for (int i = 1; i < depths.length; i++) {
            depths[i] += depths[i - 1];
        }
        return depths;
    }

    /**
     * @param sizes what each block costs, in bytes
     * @param most what a piece may cost
     * @param large whether a piece may have more if it is a single block, such as a jump table
     * @return the first block of each piece, or null if a block, or a run of blocks that must stay together, is too
     *     large
     */
    @Nullable
    List<Integer> find(int[] sizes, int most, boolean large) {
        int count = sizes.length;
        // total[i]: the least that cutting before block i, and before as many as needed before it, costs.
        long[] total = new long[count + 1];
        int[] previous = new int[count + 1];
        ArrayDeque<Integer> candidates = new ArrayDeque<>();
        long[] bytes = new long[count + 1];
        candidates.add(0);
        for (int i = 1; i <= count; i++) {
            bytes[i] = bytes[i - 1] + sizes[i - 1];
            while (candidates.size() > (large ? 1 : 0) && bytes[i] - bytes[candidates.getFirst()] > most) {
                candidates.removeFirst();
            }
            if (candidates.isEmpty()) {
                return null;
            }
            previous[i] = candidates.getFirst();
            total[i] = total[previous[i]] + (i == count ? 0 : cost[i]);
            // The cheapest stays in front; those that cost more and are further back are removed.
            while (!candidates.isEmpty() && total[candidates.getLast()] >= total[i]) {
                candidates.removeLast();
            }
            candidates.addLast(i);
        }
        if (total[count] >= NEVER) {
            return null;
        }
        List<Integer> starts = new ArrayList<>();
        for (int i = previous[count]; i > 0; i = previous[i]) {
            starts.add(i);
        }
        starts.add(0);
        Collections.reverse(starts);
        return starts;
    }
}
