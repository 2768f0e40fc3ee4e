// The exercises and predictions of a page.

export function showExercises() {}
