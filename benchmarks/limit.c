/* The least that a world can cost: its weekly hazards and nothing else.

   For each world, week and state with a live tie: one exp of the summed log hazard, times the state's tie sum,
   added to its strain, compared with its resistance; peers' exposure fades. Nobody acts, nothing is drawn,
   nothing is written down.

   limit FILE WORLDS REPEATS prints for each repeat the CPU seconds a world, and how often strain stood at or above a
   resistance; then, in a line of its own, the sum of all strains at the end of the worlds in the file.

   FILE, in the machine's own byte order: int64 weeks, states, epochs, worlds; double peer_effect, peer_decay;
   int64 epoch[weeks]; doubles climate[weeks], settled[weeks][states], ties[epochs][states], exposure[states],
   carried[worlds][states], resistance[worlds][states]. */

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static int64_t weeks, states, epochs, worlds, *epoch;
static double peer_effect, peer_decay, *climate, *settled, *ties, *exposed, *carried, *resistance;
static double *strain, *exposure;

static void *numbers(FILE *file, int64_t count) {
    void *read = malloc(8 * (size_t)count);
    if (read == NULL || fread(read, 8, (size_t)count, file) != (size_t)count) {
        fprintf(stderr, "limit: the file of inputs is too short\n");
        exit(1);
    }
    return read;
}

static void read_inputs(const char *name) {
    FILE *file = fopen(name, "rb");
    if (file == NULL) {
        perror("limit");
        exit(1);
    }
    int64_t *sizes = numbers(file, 4);
    weeks = sizes[0], states = sizes[1], epochs = sizes[2], worlds = sizes[3];
    double *peers = numbers(file, 2);
    peer_effect = peers[0], peer_decay = peers[1];
    epoch = numbers(file, weeks);
    climate = numbers(file, weeks);
    settled = numbers(file, weeks * states);
    ties = numbers(file, epochs * states);
    exposed = numbers(file, states);
    carried = numbers(file, worlds * states);
    resistance = numbers(file, worlds * states);
    strain = malloc(8 * (size_t)states);
    exposure = malloc(8 * (size_t)states);
    fclose(file);
}

static int64_t week(double climate_now, const double *restrict settled_now, const double *restrict ties_now,
                    const double *restrict carries, const double *restrict resists, double *restrict strains,
                    double *restrict exposures) {
    int64_t passed = 0;
    for (int64_t i = 0; i < states; i++) {
        double log_hazard = ((settled_now[i] + climate_now) + carries[i]) + peer_effect * exposures[i];
        strains[i] += exp(log_hazard) * ties_now[i];
        passed += strains[i] >= resists[i];
        exposures[i] *= peer_decay;
    }
    return passed;
}

static int64_t simulate(int64_t world) {
    int64_t passed = 0;
    for (int64_t i = 0; i < states; i++) {
        strain[i] = 0.0;
        exposure[i] = exposed[i];
    }
    for (int64_t t = 0; t < weeks; t++) {
        passed += week(climate[t], settled + t * states, ties + epoch[t] * states, carried + world * states,
                       resistance + world * states, strain, exposure);
    }
    return passed;
}

static double now(void) { return (double)clock() / CLOCKS_PER_SEC; }

int main(int count, char **words) {
    if (count != 4) {
        fprintf(stderr, "limit FILE WORLDS REPEATS\n");
        return 1;
    }
    read_inputs(words[1]);
    int64_t simulated = atoll(words[2]), repeats = atoll(words[3]);
    for (int64_t repeat = 0; repeat < repeats; repeat++) {
        int64_t passed = 0;
        double start = now();
        for (int64_t world = 0; world < simulated; world++) passed += simulate(world % worlds);
        printf("%.9g %lld\n", (now() - start) / (double)simulated, (long long)passed);
    }
    double total = 0.0;
    for (int64_t world = 0; world < worlds; world++) {
        simulate(world);
        for (int64_t i = 0; i < states; i++) total += strain[i];
    }
    printf("%.17g\n", total);
    return 0;
}
