// All that a page without Python does by itself.

import { mountWidgets } from "./host.js";
import { addControls } from "./reading.js";
import { showExercises } from "./exercises.js";

// What has failed says so where it stands; the rest of the page goes on.
for (const begin of [addControls, showExercises, mountWidgets]) {
  try {
    begin();
  } catch (error) {
    setTimeout(() => { throw error; }, 0);
  }
}
