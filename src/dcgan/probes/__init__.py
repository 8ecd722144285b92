"""What a trained D sees and a trained G draws with: the DCGAN paper's other half. Models and arrays in, arrays out."""
