CREATE TABLE `hints` (
	`learner_id` text NOT NULL,
	`exercise_id` text NOT NULL,
	`step` integer NOT NULL,
	`taken_at` integer NOT NULL,
	PRIMARY KEY(`learner_id`, `exercise_id`, `taken_at`, `step`),
	FOREIGN KEY (`learner_id`) REFERENCES `learners`(`id`) ON UPDATE no action ON DELETE no action
);
