/* SoftHSM with the manners of a real token: it counts wrong PINs and locks itself, and does what files beside it say.
   In the folder of STUBBORN: "tries" (written here), "hang" (signing never ends), "gone" (it was pulled out). */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong;
typedef ulong (*call)();
typedef struct { unsigned char version[2]; call calls[68]; } list;
enum { GET_TOKEN_INFO = 6, LOGIN = 18, SIGN = 43 };
enum { PIN_INCORRECT = 0xA0, PIN_LOCKED = 0xA4, DEVICE_REMOVED = 0x32 };
enum { FLAGS_AT = 96, COUNT_LOW = 0x10000, FINAL_TRY = 0x20000, LOCKED = 0x40000, MOST = 3 };

static list ours, *theirs;

static char *path(const char *name) {
  static char text[4096];
  snprintf(text, sizeof text, "%s/%s", getenv("STUBBORN"), name);
  return text;
}

static int tries(void) {
  FILE *file = fopen(path("tries"), "r");
  int count = file ? fgetc(file) - '0' : 0;
  if (file) fclose(file);
  return count;
}

static void note(int count) {
  FILE *file = fopen(path("tries"), "w");
  fputc('0' + count, file);
  fclose(file);
}

static ulong get_token_info(ulong slot, unsigned char *info) {
  static const ulong flags[] = {0, COUNT_LOW, FINAL_TRY, LOCKED};
  ulong result = theirs->calls[GET_TOKEN_INFO](slot, info), now;
  memcpy(&now, info + FLAGS_AT, sizeof now);
  now |= flags[tries()];
  memcpy(info + FLAGS_AT, &now, sizeof now);
  return result;
}

static ulong login(ulong session, ulong user, void *pin, ulong length) {
  printf("a vendor's library likes to talk\n");
  fflush(stdout);
  if (tries() >= MOST) return PIN_LOCKED;
  ulong result = theirs->calls[LOGIN](session, user, pin, length);
  note(result == PIN_INCORRECT ? tries() + 1 : 0);
  return result;
}

static ulong sign(ulong session, void *data, ulong length, void *raw, ulong *size) {
  while (access(path("hang"), F_OK) == 0) sleep(1);
  if (access(path("gone"), F_OK) == 0) return DEVICE_REMOVED;
  return theirs->calls[SIGN](session, data, length, raw, size);
}

ulong C_GetFunctionList(list **found) {
  void *library = dlopen(getenv("STUBBORN_MODULE"), RTLD_NOW);
  ulong (*get)(list **) = (ulong (*)(list **))dlsym(library, "C_GetFunctionList");
  ulong result = get(&theirs);
  ours = *theirs;
  ours.calls[GET_TOKEN_INFO] = (call)get_token_info;
  ours.calls[LOGIN] = (call)login;
  ours.calls[SIGN] = (call)sign;
  *found = &ours;
  return result;
}
