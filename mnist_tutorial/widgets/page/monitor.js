// TrainingMonitor without Python: recorded trainings, played back.

export function answerMonitor() {}
