#include "CVoices.h"
